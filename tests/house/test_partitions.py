"""Partitions by day, and the one for days before the horizon, which moves on while partitions do not."""

from datetime import date, timedelta

import pytest
from django.db import connection

from observability.core.partitions import ensure_days

pytestmark = pytest.mark.django_db
START = date(2001, 3, 1)  # before every day that another test needs


@pytest.fixture(autouse=True)
def _a_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept_by_day (at timestamptz NOT NULL) PARTITION BY RANGE (at)")


def keep(day: date) -> None:
    """Write a row of noon; raises where no partition takes it."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO kept_by_day VALUES (%s)", [f"{day} 12:00:00+00"])


@pytest.mark.parametrize("first", ["old", "new"])
def test_every_day_finds_a_partition_however_far_the_horizon_has_moved(first: str) -> None:
    if first == "old":
        ensure_days("kept_by_day", [START - timedelta(days=200)], horizon=START - timedelta(days=90))
        keep(START - timedelta(days=200))
    for n in range(5):
        ensure_days("kept_by_day", [START + timedelta(days=n)], horizon=START - timedelta(days=90))

    horizon = START + timedelta(days=60)
    for back in (-300, -200, -50, 2, 30, 61):
        ensure_days("kept_by_day", [START + timedelta(days=back)], horizon=horizon)
        keep(START + timedelta(days=back))


def test_days_before_the_horizon_share_one() -> None:
    made = ensure_days("kept_by_day", [START - timedelta(days=n) for n in range(100)], horizon=START)
    assert made == 2
    assert ensure_days("kept_by_day", [START - timedelta(days=500)], horizon=START) == 0
