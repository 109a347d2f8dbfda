"""T15: a request that kills whoever takes it is set aside after three attempts, and few notice."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.db import connection

from integrations.ingest import failpoints
from integrations.models import Connector, ConnectorActivity, Facility, Inbox, InboxParked
from observability.core import clock
from observability.logs import JsonFormatter
from tests.build.days import empty
from tests.correlation import boxes
from tests.correlation.rows import clear
from tests.correlation.speech import FACILITY
from tests.correlation.test_jobs import KILLED, die, in_child, one
from tracing.models import Transaction
from tracing.storage.drain import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs")]

GOOD, CLAIM, POISON_AT = 200, 20, 7
SHARE = 0.8  # of the good ones must never notice


@pytest.fixture
def jobs(settings: object, facility: Facility) -> Iterator[None]:
    """Claims of some requests among many; leases that end when the test says so."""
    settings.FAILPOINTS = True  # type: ignore[attr-defined]
    settings.DRAIN_LEASE_SECONDS = 3_600  # type: ignore[attr-defined]
    settings.DRAIN_CLAIM_RECORDS = CLAIM  # type: ignore[attr-defined]
    yield
    clear()
    empty("inbox")


def leases_end() -> None:
    """Let the time pass that a dead worker's lease lasts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE inbox SET lease_until = clock_timestamp() - interval '1 s' WHERE done_at IS NULL"
        )


class Poisoned:
    """Drains whose process dies as soon as it holds one certain request."""

    def __init__(self, poison: UUID) -> None:
        self.poison = poison

    def drain(self) -> int | None:
        """Drain until nothing is left, in a process of its own; answer how it ended."""

        def work() -> None:
            failpoints.plant("drain_claimed", lambda among: die() if self.poison in among else None)
            drain(seconds=60)

        return in_child(work)


def test_t15_poison_is_set_aside_after_three_attempts_and_four_in_five_never_notice() -> None:
    receipts = [boxes.put(one(number)) for number in range(GOOD + 1)]
    poison = receipts[POISON_AT]
    worker = Poisoned(poison)

    assert worker.drain() == KILLED
    # While the dead worker's lease lasts, the next one takes everything else. It held a fifth.
    assert worker.drain() == 0
    assert Transaction.objects.count() == GOOD + 1 - 2 * CLAIM
    leases_end()
    assert worker.drain() == KILLED  # alone by now, so that the third attempt takes nobody with it
    assert worker.drain() == 0
    assert Transaction.objects.count() == GOOD
    leases_end()
    assert worker.drain() == KILLED
    leases_end()
    assert worker.drain() == 0

    tried = dict(Inbox.objects.values_list("id", "attempts"))
    assert tried.pop(poison) == 3
    assert InboxParked.objects.get().id == poison
    assert sum(attempts == 1 for attempts in tried.values()) >= SHARE * GOOD
    assert max(tried.values()) == 2
    assert ConnectorActivity.objects.get(kind="parked").n == 1


def test_t15_what_another_connector_sends_meanwhile_is_applied_after_each_death() -> None:
    other = Connector.objects.create(name="other", facility_id=FACILITY, created_at=clock.now())
    worker = Poisoned(boxes.put(one(0)))
    for death in range(3):
        assert worker.drain() == KILLED
        for number in range(3):
            boxes.put(one(1 + death * 3 + number), connector=other.pk)
        assert worker.drain() == 0
        assert Transaction.objects.count() == (death + 1) * 3
        leases_end()


def test_t15_what_is_set_aside_is_said_once(caplog: pytest.LogCaptureFixture, settings: object) -> None:
    settings.DRAIN_LEASE_SECONDS = 0  # type: ignore[attr-defined]
    boxes.put_blob(b"\xc1")
    for _ in range(3):
        drain(seconds=60)

    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    said = [line for line in lines if line["event"] == "parked"]
    assert [(line["level"], line["code"], line["rows"]) for line in said] == [("error", "poison", 1)]
