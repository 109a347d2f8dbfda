"""When a promise falls due: business days, holidays, changes of the clock, and days without a clock."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.ingest.records import micros
from tracing.rules.calendar import Calendar, due
from tracing.rules.workflow import Within

CHICAGO = Calendar("America/Chicago", frozenset({date(2026, 5, 25)}))
NEXT_WORKING_DAY, TWO_DAYS = Within("paid", 0, 1), Within("sent", 48 * 3_600, 0)


def falls_due(within: Within, local: str, *, by_day: bool = False) -> str:
    """Return when, on the clocks of Chicago."""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(CHICAGO.zone)).astimezone(UTC)
    us = due(within, micros(at), CHICAGO, by_day=by_day)
    found = datetime.fromtimestamp(us / 1_000_000, tz=ZoneInfo(CHICAGO.zone))
    return found.replace(tzinfo=None).isoformat(" ", "minutes")


@pytest.mark.parametrize(
    ("paid", "due_at"),
    [
        ("2026-03-03 10:00", "2026-03-04 10:00"),
        ("2026-03-06 10:00", "2026-03-09 10:00"),  # a Friday, and the clocks change on Sunday
        ("2026-03-07 10:00", "2026-03-09 10:00"),
        ("2026-05-22 10:00", "2026-05-26 10:00"),  # Monday is a holiday
    ],
)
def test_a_business_day_later_is_the_same_hour_of_the_next_working_day(paid: str, due_at: str) -> None:
    assert falls_due(NEXT_WORKING_DAY, paid) == due_at


@pytest.mark.parametrize(
    ("within", "day", "due_at"),
    [
        (NEXT_WORKING_DAY, "2026-03-03", "2026-03-05 00:00"),  # Wednesday is whole
        (NEXT_WORKING_DAY, "2026-03-06", "2026-03-10 00:00"),
        (NEXT_WORKING_DAY, "2026-10-30", "2026-11-03 00:00"),  # over a day of 25 hours
        (TWO_DAYS, "2026-03-03", "2026-03-06 00:00"),
    ],
)
def test_what_is_known_by_its_day_is_late_only_when_that_is_certain(
    within: Within, day: str, due_at: str
) -> None:
    assert falls_due(within, day, by_day=True) == due_at
