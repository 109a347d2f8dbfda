"""One history of the demonstration, told once for all tests: 30 days up to a fixed moment."""

from datetime import UTC, datetime

import pytest

from observability.demo.days import day_sayings
from observability.demo.history import DAYS, days_back
from observability.demo.saying import Said
from observability.demo.story import Story

# A Tuesday, 18:00 UTC, far from any change of clocks.
NOW = int(datetime(2026, 2, 24, 18, tzinfo=UTC).timestamp())


def history(now: int = NOW) -> list[Said]:
    """Everything that is said in the 30 days up to a first start at `now`."""
    story = Story(now)
    return [said for day in days_back(now, 0, DAYS) for said in day_sayings(day, story) if said.at <= now]


@pytest.fixture(scope="session")
def told() -> list[Said]:
    """The history up to NOW."""
    return history()
