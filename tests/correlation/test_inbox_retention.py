"""Days of the inbox go when they are old and done, never while a row waits."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from integrations.ingest import claim
from integrations.models import Facility, Inbox, InboxParked
from observability.core import clock, partitions
from tests.correlation import boxes
from tests.correlation.speech import Said
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def long_ago(facility: Facility) -> Iterator[datetime]:
    """A moment whose day's partition is there for this test only."""
    at = clock.now() - timedelta(days=20)
    yield at
    partitions.drop_day("inbox", at.date())


def days() -> list[date]:
    return partitions.days_of("inbox")


def test_an_old_day_goes_once_all_of_it_is_applied(long_ago: datetime) -> None:
    boxes.put([Said("e1", "C1/P", "submitted", 0).event()], at=long_ago)

    claim.forget_old(clock.now().date())
    assert long_ago.date() in days()

    drain(seconds=60)
    assert claim.forget_old(clock.now().date()) >= 1
    assert long_ago.date() not in days()


def test_a_day_of_this_week_stays(facility: Facility) -> None:
    boxes.put([Said("e1", "C1/P", "submitted", 0).event()])
    drain(seconds=60)

    claim.forget_old(clock.now().date())

    assert clock.now().date() in days()
    assert Inbox.objects.count() == 1


def test_what_was_parked_is_kept_for_its_month(facility: Facility) -> None:
    boxes.put_blob(b"\xc1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET attempts = 3")
    claim.park_spent()

    claim.forget_old(clock.now().date() + timedelta(days=29))
    assert InboxParked.objects.count() == 1

    claim.forget_old(clock.now().date() + timedelta(days=31))
    assert not InboxParked.objects.exists()
