"""A hold that is placed while the purge runs, and readers in its way."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from integrations.models import ConnectorActivity, PurgeRun
from observability.core import partitions
from tests.build.retention import build_hold, purged
from tests.correlation import boxes
from tests.correlation.speech import CONNECTOR, DAY0, FACILITY, Said
from tests.privacy.test_t47a_retention import YEARS_LATER, claim_id, here, keep, said
from tracing.models import (
    Change,
    Event,
    Fact,
    Identifier,
    Transaction,
    TransactionKey,
    TransactionSummary,
)
from tracing.retention import followed
from tracing.retention.statements import UNHELD
from tracing.storage.drain import drain

ENOUGH_SECONDS = 60
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND classid = 7205"


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[list[object]]:
    """Run something in another thread; the list holds its answer, or what went wrong, after the block."""
    answers: list[object] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception as exc:  # noqa: BLE001 - told by the test
            answers.append(exc)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield answers
    thread.join(ENOUGH_SECONDS)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + ENOUGH_SECONDS, threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def asked(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_hold_that_is_being_placed_stops_the_purge_beside_it(facility: object, settings: Settings) -> None:
    settings.RETENTION_LOCK_MS = 20_000
    keep(*said("C1", 0), *said("C2", 0))

    placed = threading.Event()

    def purge() -> object:
        placed.wait(ENOUGH_SECONDS)
        return purged(YEARS_LATER, "transactions")

    with beside(purge) as answers, transaction.atomic():
        build_hold(DAY0, transaction_ids=(claim_id("C2"),))
        placed.set()
        wait_until(lambda: asked(WAITING) == 1)  # the purge waits for the hold

    (runs,) = answers
    assert isinstance(runs, list), runs
    assert here() == {claim_id("C2")}


@pytest.mark.django_db(transaction=True)
def test_a_long_reader_makes_the_purge_wait_and_nobody_else(facility: object, settings: Settings) -> None:
    settings.RETENTION_LOCK_MS = 20
    long_ago = DAY0 - timedelta(days=200)
    partitions.ensure_days("gauge", [long_ago.date()])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO gauge VALUES (%s, 'depth', 's', %s, %s, 1, '{}')", [long_ago, CONNECTOR, FACILITY]
        )

    with psycopg.connect(**connection.get_connection_params()) as reader:
        reader.execute("SELECT count(*) FROM gauge")
        assert purged(DAY0, "gauges") == []
        assert long_ago.date() in partitions.days_of("gauge")

    (run,) = purged(DAY0, "gauges")
    assert long_ago.date() not in partitions.days_of("gauge")
    assert run.counts == {"gauge": 1, "partitions": 1}
    assert PurgeRun.objects.get() == run


@pytest.mark.django_db
def test_old_days_that_share_a_partition_go_row_by_row(facility: object) -> None:
    days = [DAY0 - timedelta(days=n) for n in (900, 800)]
    partitions.ensure_days("gauge", [day.date() for day in days], horizon=(DAY0 - timedelta(days=700)).date())
    with connection.cursor() as cursor:
        for day in days:
            cursor.execute(
                "INSERT INTO gauge VALUES (%s, 'depth', 's', %s, %s, 1, '{}')", [day, CONNECTOR, FACILITY]
            )
    build_hold(DAY0, since=days[1])

    (run,) = purged(DAY0, "gauges")

    assert run.counts == {"gauge": 1}
    assert asked("SELECT min(at) FROM gauge") == days[1]


@pytest.mark.django_db(transaction=True)
def test_events_that_come_while_their_transactions_go_are_folded_or_counted(
    facility: object, settings: Settings
) -> None:
    settings.RETENTION_BATCH = 4
    names = [f"C{n}" for n in range(24)]
    keep(*(each for name in names for each in said(name, 0, keys=("member:9",))))
    late = {"type": "claim.acked.v1", "effect": "fails", "outcome": "rejected"}
    over = threading.Event()

    def post() -> int:
        for n, name in enumerate(names):
            about = Said(f"late-{name}", name, "acknowledged", 2, keys=("member:9",), **late)  # type: ignore[arg-type]
            boxes.put([about.event()])
            if n % 3 == 0:
                drain(seconds=5)
        return drain(seconds=20)

    def count() -> None:
        while not over.is_set():
            Change.objects.all().delete()
            over.wait(0.005)

    with beside(post) as posted, beside(count):
        while not posted:
            purged(YEARS_LATER, "transactions")
        purged(YEARS_LATER, "transactions")
        over.set()
    Change.objects.all().delete()
    purged(YEARS_LATER, "transactions")

    assert not any(model.objects.exists() for model in (Transaction, Fact, Event, TransactionKey, Identifier))
    folded = sum(TransactionSummary.objects.values_list("facts", flat=True))
    refused = ConnectorActivity.objects.filter(kind="after_retention").values_list("n", flat=True)
    assert TransactionSummary.objects.count() == len(names)
    assert folded + sum(refused) == 3 * len(names)


@pytest.mark.django_db
def test_what_a_held_transaction_became_is_worked_out_once_in_a_statement() -> None:
    asked = f"SELECT t.id FROM transaction t WHERE {UNHELD}"
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}", followed.params())
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "hashed SubPlan" in plan  # of a plain one, each transaction would walk all the holds again
