"""T06, T09, T13, T14: work survives the death of whoever does it, and is done once."""

import io
import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event as Signal
from threading import Thread

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction

from integrations.ingest import claim, failpoints
from integrations.ingest import records as events
from integrations.models import Facility, Inbox, InboxParked
from observability.logs import JsonFormatter
from tests.build.days import empty
from tests.correlation import boxes
from tests.correlation.rows import clear, snapshot
from tests.correlation.speech import Said
from tests.correlation.test_workers import history
from tests.ingest.posting import poster
from tracing.models import Event, Fact, Transaction
from tracing.storage.drain import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs")]

KILLED = -signal.SIGKILL


@pytest.fixture
def jobs(settings: object, facility: Facility) -> Iterator[None]:
    """Leases that end at once, so that no test waits for one; room for two drains."""
    settings.FAILPOINTS = True  # type: ignore[attr-defined]
    settings.DRAIN_LEASE_SECONDS = 0  # type: ignore[attr-defined]
    yield
    clear()
    empty("inbox")


def die(*_: object) -> None:
    """End this process as the kernel would for want of memory."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_child(work: Callable[[], object]) -> int | None:
    """Run `work` in a process of its own; return its exit code, negative for a signal."""

    def run() -> None:
        connections.close_all()
        work()
        connection.close()

    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join(timeout=120)
    return child.exitcode


def one(number: int) -> list[events.Event]:
    """A box with one new event."""
    return [Said(f"e{number}", f"C{number}/P", "submitted", 0).event()]


def test_t06_a_batch_sent_three_times_at_once_is_there_once(settings: object) -> None:
    settings.DRAIN_LEASE_SECONDS = 60  # type: ignore[attr-defined]  # two drains share the work
    sender = poster("triple", facilities=("NORTH",))
    batches = [
        [
            {
                "specversion": "1.0", "id": f"{batch}-{n}", "source": "t06", "type": "charge.captured.v1",
                "time": "2026-03-02T09:00:00Z",
                "data": {"charge_no": f"K{batch}-{n}", "account_no": "A1", "code": "99213", "amount": "9"},
            }
            for n in range(20)
        ]
        for batch in range(10)
    ]  # fmt: skip

    def send(batch: list[dict[str, object]]) -> int:
        try:
            return sender.events(batch).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        codes = list(threads.map(send, [batch for batch in batches for _ in range(3)]))
    drains = multiprocessing.get_context("fork")
    connections.close_all()
    workers = [drains.Process(target=_drain_and_close) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)

    assert codes == [200] * 30
    assert Event.objects.count() == Fact.objects.count() == Transaction.objects.count() == 200
    assert sum(row.new or 0 for row in Inbox.objects.all()) == 200
    assert sum(row.duplicates or 0 for row in Inbox.objects.all()) == 400


def _drain_and_close() -> None:
    connections.close_all()
    while drain(seconds=60):
        pass
    connection.close()


def _put_and_die(number: int) -> None:
    boxes.put(one(number))
    die()


def test_t09_what_was_committed_before_the_death_of_its_process_is_processed_once() -> None:
    for number in range(50):
        assert in_child(partial(_put_and_die, number)) == KILLED

    drain(seconds=60)

    assert Transaction.objects.count() == Fact.objects.count() == 50
    assert set(Transaction.objects.values_list("facts", flat=True)) == {1}


@pytest.mark.parametrize("stage", failpoints.DRAIN)
def test_t13_a_worker_killed_at_any_point_of_its_work_leaves_it_to_be_done_once(stage: str) -> None:
    boxes.put(history(1))

    def work() -> None:
        failpoints.plant(stage, die)
        drain(seconds=60)

    assert in_child(work) == KILLED
    assert in_child(lambda: drain(seconds=60)) == 0

    interrupted = snapshot()
    assert Inbox.objects.get().done_at is not None
    clear()
    empty("inbox")
    boxes.put(history(1))
    drain(seconds=60)
    assert snapshot() == interrupted


def test_t13_a_hundred_kills_lose_nothing_and_double_nothing() -> None:
    for number in range(100):
        boxes.put(one(number))
        stage = failpoints.DRAIN[number % len(failpoints.DRAIN)]
        assert in_child(partial(_drain_until, stage)) == KILLED
        assert in_child(partial(drain, seconds=60)) == 0

    assert not Inbox.objects.filter(done_at=None).exists()
    assert not InboxParked.objects.exists()
    assert list(Transaction.objects.values_list("facts", flat=True)) == [1] * 100
    assert Fact.objects.count() == 100


def _drain_until(stage: str) -> None:
    failpoints.plant(stage, die)
    drain(seconds=60)


def test_t14_a_worker_that_lost_its_lease_cannot_commit() -> None:
    boxes.put(one(1))
    (stale,) = claim.claim(records=100)
    (current,) = claim.claim(records=100)
    assert current.lease_token == stale.lease_token + 1

    with pytest.raises(claim.LeaseLost):
        claim.finish([claim.Done(stale, 1, 0, 0, 0)])

    claim.finish([claim.Done(current, 1, 0, 0, 0)])
    with pytest.raises(claim.LeaseLost):
        claim.finish([claim.Done(current, 1, 0, 0, 0)])


def test_a_blob_that_cannot_be_read_is_parked_and_its_neighbours_go_through() -> None:
    bad = boxes.put_blob(b"\xc1")
    boxes.put(one(1))
    while drain(seconds=60):
        pass

    assert InboxParked.objects.get().id == bad
    assert Transaction.objects.count() == 1


def test_a_step_that_is_no_longer_declared_stops_nobody() -> None:
    gone = Said("e1", "C1/P", "faxed", 0)
    boxes.put([gone.event(), *one(2)])
    drain(seconds=60)

    assert not InboxParked.objects.exists()
    assert Transaction.objects.count() == 1


def test_a_failure_is_one_log_line_that_names_its_receipt(caplog: pytest.LogCaptureFixture) -> None:
    bad = boxes.put_blob(b"\xc1")
    boxes.put(one(1))
    drain(seconds=60)

    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    failed = [line for line in lines if line["event"] == "drain_row_failed"]
    assert [(line["receipt"], line["error"]) for line in failed[:1]] == [(str(bad), "DecodeError")]


def test_a_failure_waits_before_the_next_attempt(settings: object) -> None:
    settings.DRAIN_LEASE_SECONDS = 60  # type: ignore[attr-defined]
    boxes.put_blob(b"\xc1")

    assert [drain(seconds=60), drain(seconds=60)] == [1, 0]

    assert (Inbox.objects.get().attempts, InboxParked.objects.exists()) == (1, False)


def test_what_was_parked_can_be_tried_again_once_its_cause_is_gone() -> None:
    receipt = boxes.put(one(1))

    def refuse(*_: object) -> None:
        raise ValueError

    failpoints.plant("drain_applied", refuse)
    while drain(seconds=60):
        pass
    failpoints.clear()
    assert InboxParked.objects.get().id == receipt
    assert not Transaction.objects.exists()

    call_command("parked", "retry", str(receipt), stdout=io.StringIO())
    drain(seconds=60)

    assert Transaction.objects.count() == 1
    assert not InboxParked.objects.exists()
    assert Inbox.objects.get().parked_code is None


def test_a_second_worker_takes_the_next_rows_while_the_first_is_claiming() -> None:
    receipts = [boxes.put(one(number)) for number in range(3)]
    claiming, claimed = Signal(), Signal()
    first: list[claim.Claimed] = []

    def hold() -> None:
        with transaction.atomic():
            first.extend(claim.claim(records=1, rows=1))
            claiming.set()
            claimed.wait(timeout=30)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    assert claiming.wait(timeout=30)
    second = claim.claim(records=1, rows=1)
    claimed.set()
    holder.join(timeout=30)

    assert [row.id for row in first + second] == receipts[:2]


@pytest.mark.parametrize(("waiting", "taken"), [(9, 2), (10, 2), (15, 3), (29, 5), (30, 6), (40, 6)])
def test_a_claim_takes_a_fifth_of_what_waits_up_to_three_claims(waiting: int, taken: int) -> None:
    receipts = [boxes.put(one(number)) for number in range(waiting)]
    assert [row.id for row in claim.claim(records=2)] == receipts[:taken]
