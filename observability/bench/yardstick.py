"""What everything is measured against: how fast this machine writes plain rows, and what log that makes."""

from collections.abc import Iterator, Sequence
from itertools import count, islice
from time import perf_counter
from typing import Any

from django.db import connection, transaction

from integrations.ingest import records
from integrations.ingest.records import Event, Gauge, Record
from integrations.models import Inbox
from observability.core.copying import Stage, jsonb, moment, texts
from tracing.storage.apply import staging
from tracing.storage.stages import SPAN

COPY = Stage("bench_copy", SPAN.columns)
MOST_ROWS = 120_000
FEW_ROWS = 20_000


def wal_position() -> int:
    """Return how many bytes of write-ahead log this server has written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def copy_rate() -> float:
    """Return rows a second of a plain binary COPY of what waits, as spans, into a table with its key.

    The yardstick of the ratio: what this machine can write of the same rows with nothing decided about them.
    Where nothing waits, as in a measurement that only reads, plain rows are written.
    """
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_copy (LIKE span INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE bench_copy ADD PRIMARY KEY (started_at, trace_id, event_id)")
    rows = list(islice(_as_spans(), MOST_ROWS)) or list(islice(_plain(), FEW_ROWS))
    began = perf_counter()
    with transaction.atomic(), staging() as raw:
        COPY.load(raw, rows)
    seconds = perf_counter() - began
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_copy")
    return len(rows) / seconds


def _as_spans() -> Iterator[Sequence[Any]]:
    for row in Inbox.objects.filter(done_at=None).iterator():
        for record in records.decode(bytes(row.blob)):
            if not isinstance(record, Gauge):
                yield _as_span(record)


def _plain() -> Iterator[Sequence[Any]]:
    for n in count():
        own = n.to_bytes(16, "big")
        yield (
            n, own, own, n, b"12345678", None, 1, "claim.submitted.v1", "bench", 0, None,
            jsonb({"frequency": "1"}), texts(()), n, 1, 1, own,
        )  # fmt: skip


def _as_span(record: Record) -> Sequence[Any]:
    if isinstance(record, Event):
        started, trace_id, name = record.occurred_at, record.event_id, record.type
    elif isinstance(record, Gauge):
        raise TypeError("a sample is no span")
    else:
        started, trace_id, name = record.started_at, record.trace_id, record.name
    return (
        moment(started), trace_id, record.event_id, moment(record.ended_at), b"12345678", None, 1, name,
        "bench", 0, None, jsonb(record.attributes), texts(record.flags), moment(started), 1, 1,
        record.content_hash,
    )  # fmt: skip
