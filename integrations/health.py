"""Pure: how a connector does, as its page says it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Without a promise of its own a connector is silent after this long: files come at least once a day.
SILENT_AFTER = timedelta(hours=26)
# With one (n per hour) it is silent after so many times the time in which one item was to come.
MISSED = 3
SHORTEST = timedelta(minutes=5)


@dataclass(slots=True)
class Tally:
    """What a connector did in a window, by kind; counts by code where codes tell something."""

    last_at: datetime | None = None
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    conflicts: int = 0
    orphans: int = 0
    stranded: int = 0
    after_retention: int = 0  # about transactions that were purged
    parked: int = 0
    by_code: dict[str, list[tuple[str, int, datetime]]] = field(default_factory=dict)

    def of(self, kind: str) -> list[tuple[str, int, datetime]]:
        """Return code, count and last time of one kind, most first."""
        return self.by_code.get(kind, [])


FIELDS = {
    "accepted": "accepted",
    "rejected": "rejected",
    "duplicate": "duplicates",
    "conflict": "conflicts",
    "orphan": "orphans",
    "stranded": "stranded",
    "after_retention": "after_retention",
    "parked": "parked",
}


def tally(rows: Iterable[tuple[str, str, int, datetime]]) -> Tally:
    """Add up (kind, code, count, last time)."""
    found = Tally()
    for kind, code, n, last_at in rows:
        name = FIELDS.get(kind)
        if name:
            setattr(found, name, getattr(found, name) + n)
        found.by_code.setdefault(kind, []).append((code, n, last_at))
        found.last_at = max(found.last_at or last_at, last_at)
    return found


def state(
    *, retired_at: datetime | None, last_seen: datetime | None, per_hour: float | None, at: datetime
) -> str:
    """Return the status key of a connector: reporting, silent, never_seen or retired."""
    if retired_at is not None and retired_at <= at:
        return "retired"
    if last_seen is None:
        return "never_seen"
    return "silent" if at - last_seen > patience(per_hour) else "reporting"


def patience(per_hour: float | None) -> timedelta:
    """Return how long a connector may say nothing."""
    if not per_hour or per_hour <= 0:
        return SILENT_AFTER
    return max(timedelta(hours=MISSED / per_hour), SHORTEST)


def last_of(*moments: datetime | None) -> datetime | None:
    """Return the latest of the moments that there are."""
    return max((moment for moment in moments if moment is not None), default=None)
