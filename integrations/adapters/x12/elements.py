"""Dates, times and amounts as X12 writes them."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final

NUMBER: Final = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,6})?|\.[0-9]{1,6})")
EARLIEST_YEAR: Final = 1990
CODE: Final = re.compile(r"[0-9A-Z]{1,5}")
PROCEDURE: Final = re.compile(r"(?=[^0-9]*[0-9])[0-9A-Z.-]{1,15}")  # no code is without a digit


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the time of day where it is said. X12 names no zone: it is the sender's own clock."""

    day: date
    at: time | None = None

    def __str__(self) -> str:
        """Return RFC 3339 with the clock reading taken as it stands."""
        return f"{datetime.combine(self.day, self.at or time()).isoformat()}Z"


def parse_day(text: str) -> date | None:
    """Return CCYYMMDD as a day, or None if it is not one."""
    if not re.fullmatch(r"[0-9]{8}", text):
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def parse_moment(day: str, clock: str = "") -> Moment | None:
    """Return a day with its time. A time that cannot be read is left out; a day that cannot is None."""
    parsed = parse_day(day)
    return Moment(parsed, _parse_clock(clock)) if parsed else None


def _parse_clock(text: str) -> time | None:
    """Return HHMM, HHMMSS or HHMMSS with hundredths, to the second."""
    if not re.fullmatch(r"[0-9]{4}([0-9]{2}){0,2}|[0-9]{7}", text):
        return None
    try:
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or "0"))
    except ValueError:
        return None


def parse_short_moment(day: str, clock: str) -> Moment | None:
    """Return YYMMDD (ISA09) with its time; years before 80 are of this century."""
    return parse_moment(("20" if day[:2] < "80" else "19") + day, clock)


def parse_period(qualifier: str, text: str) -> tuple[date, date] | None:
    """Return the first and last day of a DTP03 (D8, RD8, DT), or None if it cannot be read."""
    if qualifier == "RD8":
        first, _, last = text.partition("-")
        days = parse_day(first), parse_day(last)
    else:
        days = (parse_day(text[:8]),) * 2 if qualifier in {"D8", "DT"} else (None, None)
    return (days[0], days[1]) if days[0] and days[1] else None


def parse_count(text: str) -> int | None:
    """Return a whole number of at most twelve digits, or None if it is not one."""
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def parse_code(text: str) -> str:
    """Return a short code, or "" for text that is none: what stands in its place may be a name."""
    return text if CODE.fullmatch(text) else ""


def parse_procedure(text: str) -> str:
    """Return a procedure, revenue or drug code, or "" for text that is none."""
    return text if PROCEDURE.fullmatch(text) else ""


def parse_amount(text: str) -> str | None:
    """Return the exact decimal as plain digits, or None if it is not a number."""
    return format(Decimal(text), "f") if NUMBER.fullmatch(text) else None
