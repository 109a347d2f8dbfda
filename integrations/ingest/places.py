"""Pure: which facility an event belongs to, and when a day of that facility begins."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.records import EPOCH, micros

CACHED_DAYS = 4_096


@dataclass(frozen=True, slots=True)
class Place:
    """A facility as the edge needs it."""

    id: int
    code: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Every facility, by our code and by the names that other authorities have for it."""

    by_id: Mapping[int, Place] = field(default_factory=dict)
    by_code: Mapping[str, Place] = field(default_factory=dict)
    by_alias: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    def resolve(
        self, data: Mapping[str, Any], *, default_id: int, granted: frozenset[int]
    ) -> tuple[Place, bool]:
        """Return the facility of an event, and whether its own names for it were all unknown.

        The message's identifiers come first, then our code, then the connector's own facility.
        Raises RejectedItem for an unknown code and for a facility outside the grant.
        """
        named = data.get("facility_ids") or ()
        for name in named:
            place = self.by_alias.get((name["authority"].lower(), name["code"]))
            if place is not None:
                return _granted(place, granted), False
        code = data.get("facility")
        place = self.by_code.get(code) if code else self.by_id.get(default_id)
        if place is None:
            raise RejectedItem("unknown_facility")
        return _granted(place, granted), bool(named)


def _granted(place: Place, granted: frozenset[int]) -> Place:
    if place.id not in granted:
        raise RejectedItem("facility_not_granted")
    return place


def local_clock(at_us: int, zone: ZoneInfo) -> int:
    """Return the moment at which clocks in `zone` show what UTC clocks show at `at_us`, in microseconds."""
    return micros((EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=zone))


@lru_cache(maxsize=CACHED_DAYS)
def local_midnight(at_us: int, zone: ZoneInfo) -> int:
    """Return the moment at which the UTC day of `at_us` begins in `zone`, in microseconds."""
    day = (EPOCH + timedelta(microseconds=at_us)).replace(hour=0, minute=0, second=0, microsecond=0)
    return micros(day.replace(tzinfo=zone))
