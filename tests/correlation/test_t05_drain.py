"""T05, behind the edge: work that meets a database in distress waits for it and is not blamed for it."""

from collections.abc import Iterator

import pytest
from django.db import connection

from integrations.ingest import failpoints
from integrations.models import Facility, Inbox, InboxParked
from tests.build.days import empty
from tests.build.outages import full_disk, grown, on_a_small_disk
from tests.correlation import boxes
from tests.correlation.rows import clear
from tests.correlation.speech import Said
from tracing.models import Fact, Transaction
from tracing.storage.drain import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs")]
LONGER_THAN_ANY_POISON = 5  # passes; three attempts and a row is parked


@pytest.fixture
def jobs(settings: object, facility: Facility) -> Iterator[None]:
    settings.FAILPOINTS = True  # type: ignore[attr-defined]
    settings.DRAIN_LEASE_SECONDS = 0  # type: ignore[attr-defined]
    yield
    clear()
    empty("inbox")


def put(requests: int, *, events: int = 1) -> int:
    """Hand over so many requests of so many events each; answer how many transactions they are about."""
    for request in range(requests):
        numbers = range(request * events, (request + 1) * events)
        boxes.put([Said(f"e{n}", f"C{n}/P", "submitted", 0).event() for n in numbers])
    return requests * events


def attempted() -> None:
    for _ in range(LONGER_THAN_ANY_POISON):
        drain(seconds=0.1)


def test_a_full_disk_parks_nothing_and_all_is_applied_once_there_is_room() -> None:
    put(3)
    with full_disk("fact"):
        attempted()
        assert not Fact.objects.exists()
        assert not InboxParked.objects.exists()

    drain(seconds=60)

    assert list(Transaction.objects.values_list("facts", flat=True)) == [1] * 3
    assert not Inbox.objects.filter(done_at=None).exists()


def test_a_disk_that_really_is_full_parks_nothing_and_all_is_applied_once_there_is_room() -> None:
    told = put(14, events=200)
    with on_a_small_disk("fact") as disk:
        attempted()
        assert not InboxParked.objects.exists()
        assert Inbox.objects.filter(done_at=None).exists()

        grown(disk)
        drain(seconds=60)

        assert list(Transaction.objects.values_list("facts", flat=True)) == [1] * told
        assert not Inbox.objects.filter(done_at=None).exists()


def test_a_server_that_ends_the_connection_costs_no_attempt() -> None:
    put(1)
    ended: list[object] = []

    def end_this_session(*_: object) -> None:
        ended.append(connection)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    failpoints.plant("drain_applied", end_this_session)
    while len(ended) < LONGER_THAN_ANY_POISON:
        drain(seconds=0.1)
    failpoints.clear()
    drain(seconds=60)

    assert not InboxParked.objects.exists()
    assert list(Transaction.objects.values_list("facts", flat=True)) == [1]
