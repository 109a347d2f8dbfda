"""Pure: what the rules must know of one request besides its items."""

from collections.abc import Callable
from dataclasses import dataclass, field

from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.keys import Maker
from integrations.ingest.places import Crosswalk

FIRST_US = 631_152_000_000_000  # 1990-01-01
AHEAD_US = 24 * 3_600_000_000
# A day may be announced: a remittance comes before its money does, up to three banking days and a holiday.
DAY_AHEAD_US = 10 * AHEAD_US
SKEW_US = 5 * 60_000_000
DROPPED_NAMES = 50
OTHER = "other"


@dataclass(slots=True)
class Context:
    """Who sent the request, when it came, and the secrets and tables its items need."""

    connector_id: int
    default_facility: int
    granted: frozenset[int]
    crosswalk: Crosswalk
    keys: Maker
    fingerprint: Callable[[str], str]
    hash_key: bytes
    currency: str
    now_us: int
    dropped: dict[str, int] = field(default_factory=dict)  # attribute name -> how often it was not kept

    @property
    def prefix(self) -> bytes:
        """The connector's part of every event id."""
        return self.connector_id.to_bytes(8, "big")

    def check_time(self, at_us: int, *, by_day: bool = False) -> None:
        """Refuse a moment before 1990 or more than a day ahead; a day without a clock more than ten."""
        if not FIRST_US <= at_us <= self.now_us + (DAY_AHEAD_US if by_day else AHEAD_US):
            raise RejectedItem("time_out_of_range")

    def drop(self, name: str) -> None:
        """Count an attribute that is not kept. `name` must be safe to store."""
        dropped = self.dropped
        if name in dropped:
            dropped[name] += 1
        elif len(dropped) < DROPPED_NAMES:
            dropped[name] = 1
        else:
            dropped[OTHER] = dropped.get(OTHER, 0) + 1
