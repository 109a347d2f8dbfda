"""What every reading query of measures is bounded by: days, and whose rows."""

from dataclasses import dataclass
from datetime import date, timedelta

from observability.accounts.scopes import Scope
from tracing.queries.within import bounds

# Wider than any claim: an open end needs no query of its own.
FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days [start, stop), each in the zone of its facility; None is an open end."""

    start: date | None = None
    stop: date | None = None

    @classmethod
    def last(cls, days: int, *, until: date) -> "Window":
        """Return the last `days` days, `until` among them."""
        return cls(until - timedelta(days=days - 1), until + timedelta(days=1))

    def params(self) -> dict[str, object]:
        """Return the bounds as query parameters."""
        return {"start": self.start or FIRST_DAY, "stop": self.stop or LAST_DAY}


def whose(scope: Scope) -> dict[str, object]:
    """Return a scope as query parameters."""
    return {**bounds(scope), "facilities": list(scope.facility_ids)}
