"""Days and clock times of facilities as seconds since 1970 UTC, and how the wire writes them."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

MINUTE = 60
HOUR = 3600
DAY = 86_400


@lru_cache(maxsize=4096)
def midnight(day: date, zone: str) -> int:
    """Return when a day begins in a zone."""
    return int(datetime.combine(day, time(), ZoneInfo(zone)).timestamp())


def day_in(at: int, zone: str) -> date:
    """Return the day that a moment belongs to in a zone."""
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date()


def utc_day(at: int) -> date:
    """Return the UTC day of a moment."""
    return datetime.fromtimestamp(at, UTC).date()


@lru_cache(maxsize=1024)
def _date_text(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def rfc3339(at: int) -> str:
    """Return a moment as `2026-01-31T08:30:00Z`."""
    days, seconds = divmod(at, DAY)
    return f"{_date_text(days)}T{seconds // HOUR:02}:{seconds // MINUTE % 60:02}:{seconds % 60:02}Z"


def is_working(day: date) -> bool:
    """Whether a day is Monday to Friday; the demonstration has no holidays."""
    return day.weekday() < 5


def next_working(day: date) -> date:
    """Return the day itself, or the Monday after it."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def money(cents: int) -> str:
    """Return cents as the exact decimal that the wire carries."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02}"
