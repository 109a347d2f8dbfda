"""Days of the inbox go when they are old and done, never while a row waits."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from integrations.ingest import claim
from integrations.ingest.parked import unpark
from integrations.models import Facility, Inbox, InboxParked
from observability.core import clock, partitions
from tests.build.days import drop
from tests.build.retention import build_hold, purged
from tests.correlation import boxes
from tests.correlation.speech import CONNECTOR, Said
from tracing.models import Transaction
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def long_ago(facility: Facility) -> Iterator[datetime]:
    """A moment whose day's partition is there for this test only."""
    at = clock.now() - timedelta(days=20)
    yield at
    drop(partitions.partition_name("inbox", at.date()))


def days() -> list[date]:
    return partitions.days_of("inbox")


def test_an_old_day_goes_once_all_of_it_is_applied(long_ago: datetime) -> None:
    boxes.put([Said("e1", "C1/P", "submitted", 0).event()], at=long_ago)

    purged(clock.now(), "inbox")
    assert long_ago.date() in days()

    drain(seconds=60)
    (run,) = purged(clock.now(), "inbox")
    assert long_ago.date() not in days()
    assert (run.counts["inbox"], run.oldest) == (1, run.newest)


def test_a_held_row_keeps_its_day_and_its_neighbours_go(long_ago: datetime) -> None:
    mine = boxes.put([Said("e1", "C1/P", "submitted", 0).event()], at=long_ago)
    boxes.put([Said("e2", "C2/P", "submitted", 0).event()], at=long_ago)
    drain(seconds=60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET connector_id = 77 WHERE id <> %s", [mine])
    build_hold(clock.now(), connector_id=CONNECTOR)

    purged(clock.now(), "inbox")

    assert [row.id for row in Inbox.objects.all()] == [mine]


def test_what_is_set_aside_can_be_given_back_after_its_day_is_old(long_ago: datetime) -> None:
    mine = boxes.put([Said("e1", "C1/P", "submitted", 0).event()], at=long_ago)
    boxes.put([Said("e2", "C2/P", "submitted", 0).event()], at=long_ago)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET attempts = 3 WHERE id = %s", [mine])
    drain(seconds=60)
    assert InboxParked.objects.get().id == mine

    purged(clock.now(), "inbox")

    assert [row.id for row in Inbox.objects.all()] == [mine]
    assert unpark(None) == 1
    drain(seconds=60)
    assert Transaction.objects.count() == 2
    purged(clock.now(), "inbox")
    assert long_ago.date() not in days()


def test_a_day_of_this_week_stays(facility: Facility) -> None:
    boxes.put([Said("e1", "C1/P", "submitted", 0).event()])
    drain(seconds=60)

    purged(clock.now(), "inbox")

    assert clock.now().date() in days()
    assert Inbox.objects.count() == 1


def test_what_was_parked_is_kept_for_its_month(facility: Facility) -> None:
    boxes.put_blob(b"\xc1")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox SET attempts = 3")
    claim.park_spent()

    purged(clock.now() + timedelta(days=29), "parked")
    assert InboxParked.objects.count() == 1

    purged(clock.now() + timedelta(days=31), "parked")
    assert not InboxParked.objects.exists()
