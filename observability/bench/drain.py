"""How fast the inbox is folded into the store: in one burst on empty tables, and steadily on full ones."""

import json
import time
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from integrations.ingest import accept, records
from integrations.ingest.auth import Sender
from integrations.ingest.decoders.cloudevents import BATCH as BATCH_MODE
from integrations.ingest.decoders.cloudevents import decode
from integrations.ingest.records import Event
from integrations.models import Inbox
from observability.bench import claims
from observability.bench.report import Result, cpu_seconds, rss_mb
from observability.core import clock
from observability.core.copying import Stage, jsonb, moment, texts
from tracing.storage.apply import staging
from tracing.storage.drain import drain
from tracing.storage.stages import SPAN

BATCH = 480
BATCH_TYPE = "application/cloudevents-batch+json"
COPY = Stage("bench_copy", SPAN.columns)


def fill(sender: Sender, events: Sequence[dict[str, Any]]) -> None:
    """Accept events through the edge's own rules, batch by batch, without HTTP."""
    for start in range(0, len(events), BATCH):
        body = json.dumps(events[start : start + BATCH]).encode()
        wire, refused = decode(BATCH_MODE, body, BATCH_TYPE, {}, accept.bounds())
        accepted = accept.accept_events(sender, wire, refused, clock.now())
        if accepted.refused:
            raise RuntimeError(f"the bench's own events were refused: {accepted.refused[0].code}")


def burst(sender: Sender, *, transactions: int) -> Result:
    """Drain six-event transactions, whole in their batches, into empty tables."""
    events = [event for n in range(transactions) for event in claims.claim_events(n)]
    fill(sender, events)
    copied = copy_rate()
    before, cpu, began = wal_position(), cpu_seconds(), time.perf_counter()
    while drain(seconds=600):
        pass
    seconds = time.perf_counter() - began
    rate = len(events) / seconds
    return Result(
        name="drain burst",
        events=len(events),
        seconds=seconds,
        events_per_second=rate,
        copy_rows_per_second=copied,
        ratio_to_copy=rate / copied,
        cpu_seconds=cpu_seconds() - cpu,
        rss_mb=rss_mb(),
        wal_bytes_per_event=(wal_position() - before) / len(events),
    )


def wal_position() -> int:
    """Return how many bytes of write-ahead log this server has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def copy_rate() -> float:
    """Return rows a second of a plain binary COPY of the waiting events, as spans, into a table with its key.

    The yardstick of the ratio: what this machine can write of the same rows with nothing decided about them.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (LIKE span INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE bench_copy ADD PRIMARY KEY (started_at, trace_id, event_id)")
    rows = list(_as_spans())
    began = time.perf_counter()
    with transaction.atomic(), staging() as raw:
        COPY.load(raw, rows)
    seconds = time.perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_copy")
    return len(rows) / seconds


def _as_spans() -> Iterator[tuple[Any, ...]]:
    for row in Inbox.objects.filter(done_at=None).iterator():
        for event in records.decode(bytes(row.blob)):
            if isinstance(event, Event):
                yield (
                    moment(event.occurred_at), event.event_id, event.event_id, moment(event.ended_at),
                    b"12345678", None, 1, event.type, "bench", 0, None, jsonb(event.attributes),
                    texts(event.flags), moment(event.occurred_at), 1, 1, event.content_hash,
                )  # fmt: skip
