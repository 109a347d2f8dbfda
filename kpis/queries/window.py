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
    """Whole days [start, stop), each in the zone of its facility; None is an open end.

    With a place only what facilities counted on days on which they lay within it.
    """

    start: date | None = None
    stop: date | None = None
    place: int | None = None

    @classmethod
    def last(cls, days: int, *, until: date) -> "Window":
        """Return the last `days` days, `until` among them."""
        return cls(until - timedelta(days=days - 1), until + timedelta(days=1))

    def params(self) -> dict[str, object]:
        """Return the bounds as query parameters."""
        return {"start": self.start or FIRST_DAY, "stop": self.stop or LAST_DAY, "place": self.place}


# For many rows: on which days each facility lay within the window's place, looked up once a facility and not
# once a row. Joined to the left, it is left out where there is no place.
THERE = """(
        SELECT r.facility_id, range_agg(daterange(r.valid_from, r.valid_to, '[]')) AS days
          FROM place_reach r
         WHERE r.place_id = %(place)s
         GROUP BY r.facility_id) there"""


def lay_there(facility: str, day: str) -> str:
    """Return the condition that a facility lay within the window's place on a day; both are columns."""
    return f"""(%(place)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM place_reach r
         WHERE r.place_id = %(place)s AND r.facility_id = {facility}
           AND r.valid_from <= {day} AND (r.valid_to IS NULL OR r.valid_to >= {day})))"""  # noqa: S608


def whose(scope: Scope) -> dict[str, object]:
    """Return a scope as query parameters."""
    return {**bounds(scope), "facilities": list(scope.facility_ids)}
