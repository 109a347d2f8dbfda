"""Pure: how money, counts, lengths of time and moments are written on a page."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

UNKNOWN = "—"
NBSP = "\u00a0"
MINUS = "−"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "CAD": "CA$", "AUD": "A$"}
SCALES = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k"))
ABBREVIATE_FROM = Decimal(10_000)  # below this an exact amount is short enough
SECONDS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}

Amount = Decimal | int | float


def decimal_of(amount: Amount) -> Decimal:
    """Return the amount as a Decimal, without the noise of a binary fraction."""
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))


def money_exact(amount: Amount | None, currency: str) -> str:
    """Write an amount to the cent: `$1,308,040.00`; absent is `—`, never 0."""
    if amount is None:
        return UNKNOWN
    value = decimal_of(amount).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return _signed(value, currency, f"{abs(value):,}")


def money_short(amount: Amount | None, currency: str) -> str:
    """Write an amount in three figures from ten thousand up: `$1.31 M`; smaller ones to the cent."""
    if amount is None:
        return UNKNOWN
    value = decimal_of(amount)
    if abs(value) < ABBREVIATE_FROM:
        return money_exact(value, currency)
    return _signed(value, currency, _three_figures(abs(value)))


def _signed(value: Decimal, currency: str, digits: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency}{NBSP}")
    return f"{MINUS if value < 0 else ''}{symbol}{digits}"


def _three_figures(value: Decimal) -> str:
    for number, (scale, letter) in enumerate(SCALES):
        scaled = value / scale
        if scaled >= 1:
            places = 2 if scaled < 10 else 1 if scaled < 100 else 0
            shown = scaled.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
            if shown >= 1000 and number:  # 999,960 is 1.00 M, not 1,000 k
                return f"1.00{NBSP}{SCALES[number - 1][1]}"
            return f"{shown:,}{NBSP}{letter}"
    return f"{value:,}"


def number(value: Amount | None, places: int = 0) -> str:
    """Write a count or measure with thousands apart: `2,317`; absent is `—`."""
    if value is None:
        return UNKNOWN
    shown = decimal_of(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return f"{shown:,}".replace("-", MINUS)


def percent(fraction: Amount | None, places: int = 1) -> str:
    """Write a fraction of 1 as a percentage without its sign: 0.094 is `9.4`; absent is `—`."""
    return UNKNOWN if fraction is None else number(decimal_of(fraction) * 100, places)


def duration(length: timedelta | Amount | None) -> str:
    """Write a length of time (a timedelta or seconds) in its two largest units: `6 h 42 m`."""
    if length is None:
        return UNKNOWN
    seconds = length.total_seconds() if isinstance(length, timedelta) else float(length)
    sign = MINUS if seconds < 0 else ""
    seconds = abs(seconds)
    if seconds < 1:
        return f"{sign}{seconds * 1000:.0f}{NBSP}ms"
    if seconds < 10 and seconds != int(seconds):
        return f"{sign}{seconds:.1f}{NBSP}s"
    return sign + _two_units(round(seconds))


def _two_units(seconds: int) -> str:
    units = [(count, unit) for unit, size in SECONDS.items() for count in [_part(seconds, unit, size)]]
    first = next((place for place, (count, _) in enumerate(units) if count), len(units) - 1)
    count, unit = units[first]
    if unit == "d":
        word = f"{count}{NBSP}{'day' if count == 1 else 'days'}"
        return word if count >= 7 or not units[1][0] else f"{word} {units[1][0]}{NBSP}h"
    pair = units[first : first + 2]
    return " ".join(f"{count}{NBSP}{unit}" for place, (count, unit) in enumerate(pair) if count or not place)


def _part(seconds: int, unit: str, size: int) -> int:
    larger = {"d": None, "h": 86_400, "m": 3_600, "s": 60}[unit]
    return (seconds % larger if larger else seconds) // size


def age(moment: datetime | None, at: datetime) -> str:
    """Write how long before `at` a moment was (`3 m ago`), or how long after it will be (`in 8 h`)."""
    if moment is None:
        return "never"
    seconds = (at - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{duration(round(seconds))} ago" if seconds > 0 else f"in {duration(round(-seconds))}"


def mask(last: str | None) -> str:
    """Write the last characters of an identifier that may be shown: `…7714`."""
    return f"…{last}" if last else "…"


def utc(moment: datetime) -> str:
    """Write a moment in UTC, exactly: what stands behind every local time."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def local(moment: datetime, zone: str, style: str = "auto", at: datetime | None = None) -> str:
    """Write a moment in a facility's zone.

    `full` names day, second and zone; `day` the date; `time` the clock; `minute` and `second` add the zone.
    `auto` says today, yesterday or tomorrow where `at` lets it, and the year only where it differs.
    """
    there = moment.astimezone(ZoneInfo(zone))
    day = f"{there.day} {there:%b %Y}"
    if style == "day":
        return day
    if style == "time":
        return f"{there:%H:%M}"
    if style == "minute":
        return f"{there:%H:%M %Z}"
    if style == "second":
        return f"{there:%H:%M:%S %Z}"
    if style == "full":
        return f"{day}, {there:%H:%M:%S %Z}"
    return f"{_near_day(there, at)} {there:%H:%M}"


def _near_day(there: datetime, at: datetime | None) -> str:
    if at is None:
        return f"{there.day} {there:%b %Y}"
    today = at.astimezone(there.tzinfo).date()
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}.get((there.date() - today).days)
    if near:
        return near
    return f"{there.day} {there:%b}" if there.year == today.year else f"{there.day} {there:%b %Y}"
