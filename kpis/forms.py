"""What a page of measures was asked for, read from its address."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from kpis.queries.live import Place
from kpis.queries.window import FIRST_DAY, LAST_DAY, Window
from observability.core import cursors

PERIODS = (7, 30, 90, 365)
DEFAULT_PERIOD = 30
MOST_DAYS = 400
CURSOR = "kpis"


@dataclass(frozen=True, slots=True)
class Asked:
    """A window of days, and a facility, region or network by code, or all; `period` as in the picker."""

    start: date
    stop: date
    period: str
    facility: str

    @property
    def window(self) -> Window:
        """The window as queries take it."""
        return Window(self.start, self.stop)

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.stop - self.start).days

    @property
    def before(self) -> Window:
        """The window of the same length just before."""
        return Window(self.start - timedelta(days=self.days), self.start)

    def query(self, **more: str | None) -> str:
        """Return the query string that asks for the same days, so that a link shows the same number."""
        said = {
            "facility": self.facility,
            "from": self.start.isoformat(),
            "to": self.stop.isoformat(),
            **more,
        }
        return urlencode({name: value for name, value in said.items() if value})


def asked(query: QueryDict, *, today: date) -> Asked:
    """Read a query string. What cannot be read counts as not asked: a stale link still shows a page."""
    facility = query.get("facility", "")
    start, stop = _day(query.get("from")), _day(query.get("to"))
    if start and stop and start >= FIRST_DAY and stop <= LAST_DAY and 0 < (stop - start).days <= MOST_DAYS:
        return Asked(start, stop, "", facility)
    period = query.get("period", "")
    days = int(period) if period.isdecimal() and int(period) in PERIODS else DEFAULT_PERIOD
    return Asked(today - timedelta(days=days - 1), today + timedelta(days=1), str(days), facility)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def place(text: str) -> Place | None:
    """Read where a page of a list begins; None for the first page and for what we did not write."""
    try:
        first_at, identity = cursors.decode(CURSOR, text, size=2)
    except cursors.BadCursor:
        return None
    return Place(datetime.fromisoformat(first_at), UUID(identity))


def written(begins: Place) -> str:
    """Write where a page begins, signed, for an address."""
    return cursors.encode(CURSOR, (begins.first_at.isoformat(), str(begins.id)))
