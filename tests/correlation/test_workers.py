"""Many workers at once: the rows of one worker, without a deadlock. Real processes on a real database."""

import multiprocessing
import random
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.synchronize import Barrier
from threading import BrokenBarrierError

import pytest
from django.db import connection, connections
from pytest_django import Settings

from integrations.ingest import failpoints
from integrations.ingest.records import Event
from integrations.models import Facility, Inbox
from observability.core import clock
from tests.build.days import empty
from tests.correlation import boxes
from tests.correlation.merging import renamed
from tests.correlation.rows import clear, snapshot
from tests.correlation.speech import Said
from tracing.storage import settle
from tracing.storage.drain import drain
from tracing.storage.sweep import sweep_orphans

pytestmark = pytest.mark.django_db(transaction=True)

LOCKING = "DO UPDATE SET workflow = transaction.workflow WHERE false"
UNLOCKED = settle.LOCK_TRANSACTIONS.replace(LOCKING, "DO NOTHING")


def history(claim: int) -> list[Event]:
    """The six events of one claim, of which two name it by its account only."""
    name, account = f"C{claim}/P", f"account:{claim}"
    return [
        each.event()
        for each in (
            Said(f"{name}-1", name, "submitted", 0, sequence=101, amount="9", basis="gross", keys=(account,)),
            Said(f"{name}-2", name, "acknowledged", 1, "feeds", type="claim.acked.v1", outcome="received"),
            Said(f"{name}-3", name, "acknowledged", 2, type="claim.acked.v1", outcome="accepted"),
            Said(
                f"{name}-4", name, "adjudicated", 300, type="remit.received.v1", amount="80.00", basis="paid",
                attributes={"claim_status": "1", "billed": "100.00"},
            ),
            Said(f"{name}-5", None, "posted", 301, type="payment.posted.v1", via=(account,)),
            Said(f"{name}-6", None, "posted", 300, "feeds", type="payment.posted.v1", via=(account,)),
        )
    ]  # fmt: skip


def _work(lock: bool, gate: Barrier) -> None:
    connections.close_all()
    if not lock:
        assert LOCKING in settle.LOCK_TRANSACTIONS
        settle.LOCK_TRANSACTIONS = UNLOCKED
        failpoints.plant("drain_claimed", lambda *_: _begin_together(gate))
    while drain(seconds=60):
        pass
    connection.close()


def _begin_together(gate: Barrier) -> None:
    """Begin the first pass when each of the others has claimed its rows, too."""
    failpoints.clear()
    with suppress(BrokenBarrierError):
        gate.wait(timeout=30)


def _run_workers(count: int, *, lock: bool = True) -> list[int | None]:
    connections.close_all()
    forked = multiprocessing.get_context("fork")
    gate = forked.Barrier(count)
    workers = [forked.Process(target=_work, args=(lock, gate)) for _ in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=240)
    return [worker.exitcode for worker in workers]


def _fill(claims: int, *, copies: int, batch: int = 100) -> None:
    events = [event for claim in range(claims) for event in history(claim)]
    shuffled = random.Random(7)
    for _ in range(copies):
        shuffled.shuffle(events)
        for start in range(0, len(events), batch):
            boxes.put(events[start : start + batch])


@pytest.fixture
def _four_slots(settings: object, facility: Facility) -> Iterator[None]:
    settings.DRAIN_SLOTS = 4  # type: ignore[attr-defined]
    settings.DRAIN_CLAIM_RECORDS = 300  # type: ignore[attr-defined]
    yield
    clear()
    empty("inbox")


@pytest.mark.usefixtures("_four_slots")
def test_four_drains_give_the_rows_of_one() -> None:
    _fill(2_000, copies=3)
    assert _run_workers(4) == [0, 0, 0, 0]
    assert not Inbox.objects.filter(done_at=None).exists()
    assert not Inbox.objects.exclude(parked_code=None).exists()
    sweep_orphans(clock.now())  # two passes at once can miss each other; this is what finds it
    by_four = snapshot()
    clear()
    empty("inbox")

    _fill(2_000, copies=1)
    assert _run_workers(1) == [0]
    sweep_orphans(clock.now())

    assert by_four["transaction"] == snapshot()["transaction"]
    assert by_four == snapshot()


@pytest.mark.usefixtures("_four_slots")
def test_without_the_lock_the_same_work_goes_wrong(settings: Settings) -> None:
    settings.FAILPOINTS = True
    _fill(400, copies=1, batch=20)
    _run_workers(4, lock=False)
    unlocked = snapshot()["transaction"]
    clear()
    empty("inbox")

    _fill(400, copies=1)
    _run_workers(1)

    assert unlocked != snapshot()["transaction"]


def _fill_with_merges(accounts: int, *, batch: int = 20) -> None:
    """Fill the inbox with claims of which every other has a number that was merged into its neighbour's."""
    events = [event for claim in range(accounts) for event in history(claim)]
    events += [
        renamed(f"{kind}-{n}", f"{kind}:{number(n)}", f"{kind}:{number(n + 1)}", 1)
        for n in range(0, accounts, 2)
        for kind, number in (("pcn", lambda n: f"C{n}"), ("account", str))
    ]
    random.Random(7).shuffle(events)
    for start in range(0, len(events), batch):
        boxes.put(events[start : start + batch])


@pytest.mark.usefixtures("_four_slots")
def test_four_drains_give_the_rows_of_one_while_keys_are_merged(settings: Settings) -> None:
    settings.DRAIN_CLAIM_RECORDS = 20
    _fill_with_merges(60)
    assert _run_workers(4) == [0, 0, 0, 0]
    assert not Inbox.objects.filter(done_at=None).exists()
    sweep_orphans(clock.now())
    by_four = snapshot()
    clear()
    empty("inbox")

    _fill_with_merges(60)
    assert _run_workers(1) == [0]
    sweep_orphans(clock.now())

    assert len(by_four["transaction"]) == 30
    assert by_four == snapshot()
