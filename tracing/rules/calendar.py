"""Pure: when a promise falls due, in the calendar of a facility."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tracing.rules.workflow import Within

MICROS = 1_000_000
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The zone a facility lives in and the days it does not work, weekends apart."""

    zone: str = "UTC"
    holidays: frozenset[date] = frozenset()

    def day_number(self, at_us: int) -> int:
        """Return the local day of a moment as a number that orders days."""
        return _day_of_quarter(self.zone, at_us // (900 * MICROS))

    def works(self, day: date) -> bool:
        """Say whether `day` is a business day."""
        return day.weekday() < SATURDAY and day not in self.holidays

    def business_days_after(self, at: datetime, days: int) -> datetime:
        """Return the same local time `days` business days later; a start on a day off counts from its end."""
        local = at.astimezone(ZoneInfo(self.zone))
        day = local.date()
        left = days
        while left:
            day += timedelta(days=1)
            if self.works(day):
                left -= 1
        # Built from the local wall clock, so that a change to summer time does not move the hour.
        return datetime.combine(day, local.time(), ZoneInfo(self.zone)).astimezone(UTC)

    def end_of_day(self, at: datetime) -> datetime:
        """Return when the local day of a moment is over: the next midnight."""
        day = at.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=1)
        return datetime.combine(day, time(), ZoneInfo(self.zone)).astimezone(UTC)


@lru_cache(maxsize=100_000)
def _day_of_quarter(zone: str, quarter: int) -> int:
    # Days and changes of the clock begin on a quarter of an hour in every zone since 1972.
    return datetime.fromtimestamp(quarter * 900, tz=ZoneInfo(zone)).toordinal()


def due(within: Within, anchor_us: int, calendar: Calendar, *, by_day: bool = False) -> int:
    """Return when a promise falls due, in microseconds since 1970 UTC.

    `by_day`: of what it was made by only the day is known. It is broken only where that is certain: hours run
    from the end of that day, and of business days the last one is whole.
    """
    if not within.business_days:
        start = _us(calendar.end_of_day(_moment(anchor_us))) if by_day else anchor_us
        return start + within.seconds * MICROS
    after = anchor_us + within.seconds * MICROS
    moved = calendar.business_days_after(_moment(after), within.business_days)
    return _us(calendar.end_of_day(moved)) if by_day else _us(moved) + after % MICROS


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us // MICROS, tz=UTC)


def _us(moment: datetime) -> int:
    return int(moment.timestamp()) * MICROS
