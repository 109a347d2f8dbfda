"""Move what the edge accepted into the store, claim by claim."""

import gc
import logging
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, SerializationFailure

from integrations.ingest import claim, failpoints
from integrations.ingest.claim import Claimed, Done
from integrations.ingest.records import Event, Gauge, Record, Span, decode, micros
from observability.core import clock, partitions
from tracing.storage import sightings
from tracing.storage.apply import apply
from tracing.storage.heard import Received

log = logging.getLogger(__name__)

RETRIES = 3  # of a pass that lost to another one; a deadlock is nobody's fault
MISSES = 10  # claims in a row that found every row held
MISS_SECONDS = 0.01  # between two of them: a claim of large requests takes some hundredths
SLOT_SPACE = 7_202  # advisory lock: one drain per slot
RECORD_ACTIVITY = """
    INSERT INTO connector_activity (connector_id, at, kind, code, n)
    SELECT * FROM unnest(%(connectors)s::bigint[], %(at)s::timestamptz[], %(kinds)s::text[],
                         %(codes)s::text[], %(counts)s::int[])
"""


def drain(*, seconds: float | None = None) -> int:
    """Apply what waits until nothing is left or the time is up; answer how many rows were taken.

    Any number of processes may call this at once; more than settings.DRAIN_SLOTS find every slot taken.
    """
    limit = time.monotonic() + (settings.TASK_YIELD_SECONDS if seconds is None else seconds)
    slot = _take_slot()
    if slot is None:
        return 0
    taken = missed = 0
    # A pass makes a hundred thousand objects and no cycles: collecting among them costs a third of its time.
    gc.disable()
    try:
        while time.monotonic() < limit:
            rows = claim.claim(records=settings.DRAIN_CLAIM_RECORDS)
            if not rows:
                # Another may be claiming just now; one that hangs in its claim is not waited for.
                missed += 1
                if missed < MISSES and claim.anything_waits():
                    time.sleep(MISS_SECONDS)
                    continue
                claim.park_spent()
                break
            _apply_claim(rows)
            taken, missed = taken + len(rows), 0
    finally:
        gc.enable()
        _leave_slot(slot)
    return taken


def _take_slot() -> int | None:
    with connection.cursor() as cursor:
        for slot in range(settings.DRAIN_SLOTS):
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [SLOT_SPACE, slot])
            row = cursor.fetchone()
            if row and row[0]:
                return slot
    return None


def _leave_slot(slot: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [SLOT_SPACE, slot])


def _apply_claim(rows: list[Claimed]) -> None:
    """Apply a claim; when a claim of several rows fails, try each alone, so that only the bad one waits."""
    try:
        _apply_rows(rows)
        return
    except claim.LeaseLost:
        log.warning("drain_lease_lost", extra={"rows": len(rows)})
        return
    except Exception as exc:  # noqa: BLE001 - whatever a row does to us, its neighbours go through
        log.warning("drain_claim_failed", extra={"rows": len(rows), "error": type(exc)})
        if claim.in_distress(exc):
            claim.release(rows, forgiven=True)
            return
    for row in rows:
        try:
            if len(rows) > 1:
                _apply_rows([row])
                continue
        except claim.LeaseLost:
            continue
        except Exception as exc:  # noqa: BLE001 - counted as an attempt; parked after the last one
            log.warning("drain_row_failed", extra={"receipt": row.id, "error": type(exc)})
        claim.release([row])


def _apply_rows(rows: Sequence[Claimed]) -> None:
    for attempt in range(RETRIES):
        try:
            _apply_once(rows)
            return
        except OperationalError as exc:
            if (
                not isinstance(exc.__cause__, DeadlockDetected | SerializationFailure)
                or attempt == RETRIES - 1
            ):
                raise


def _apply_once(rows: Sequence[Claimed]) -> None:
    received = [
        Received(decode(row.blob), row.connector_id, row.credential_id, micros(row.received_at))
        for row in rows
    ]
    at = clock.now()
    _ensure_partitions(received, at)
    receipts = [row.id for row in rows]
    failpoints.hit("drain_claimed", receipts)
    with transaction.atomic():
        apply(received, at=micros(at))
        failpoints.hit("drain_applied", receipts)
        done = [
            Done(row, r.new, r.duplicates, r.conflicts, r.orphans)
            for row, r in zip(rows, received, strict=True)
        ]
        _record_activity(done, received)
        sightings.note(received)
        claim.finish(done)
    failpoints.hit("drain_finished", receipts)


def is_applied(*, received_before: datetime) -> bool:
    """Say whether everything that was received before a moment is applied or set aside."""
    return not claim.anything_undone(received_before=received_before)


def span_horizon(at: datetime) -> datetime:
    """Return the day before which spans share one partition."""
    return at - timedelta(days=settings.SPAN_RETENTION_DAYS)


def _ensure_partitions(received: Sequence[Received], at: datetime) -> None:
    """Make missing days before the pass: inside it the lock of an ATTACH would be held to its end."""
    horizon = span_horizon(at).date()
    day_us = 86_400 * 1_000_000
    spans = {
        record.started_at // day_us for row in received for record in row.records if isinstance(record, Span)
    }
    gauges = {record.at // day_us for row in received for record in row.records if isinstance(record, Gauge)}
    for table, days in (("span", spans), ("gauge", gauges)):
        if days:
            wanted = [datetime.fromtimestamp(day * 86_400, tz=UTC).date() for day in days]
            partitions.ensure_days(table, wanted, horizon=horizon)


def _sent(record: Record) -> str:
    """Return what a record counts as in the data inventory."""
    if isinstance(record, Event):
        return record.type
    return "spans" if isinstance(record, Span) else "gauges"


def _record_activity(done: Sequence[Done], received: Sequence[Received]) -> None:
    """Append what each connector did; a follow-up adds it up, so that no drain waits for another."""
    counts = [
        (each.row.connector_id, each.row.received_at, kind, code, n)
        for each, came in zip(done, received, strict=True)
        for kind, code, n in (
            ("accepted", each.row.signal, each.row.items),
            ("duplicate", each.row.signal, each.duplicates),
            ("conflict", each.row.signal, each.conflicts),
            ("orphan", each.row.signal, each.orphans),
            *(("rejected", code, n) for code, n in each.row.rejected.items()),
            *(("dropped", code, n) for code, n in each.row.dropped.items()),
            *(("sent", code, n) for code, n in Counter(map(_sent, came.records)).items()),
        )
        if n
    ]
    if not counts:
        return
    connectors, at, kinds, codes, numbers = (list(column) for column in zip(*counts, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            RECORD_ACTIVITY,
            {"connectors": connectors, "at": at, "kinds": kinds, "codes": codes, "counts": numbers},
        )
