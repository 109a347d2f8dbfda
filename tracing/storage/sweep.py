"""What no event brings about: orphans that two passes missed, promises that fall due, counts to add up."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from integrations.ingest.records import micros
from observability.core import partitions
from tracing.storage.apply import apply
from tracing.storage.drain import span_horizon

# An orphan waits for a key, or was bound so lately that another pass may have missed it.
MISSED = """
    SELECT DISTINCT t.token
      FROM orphan o JOIN orphan_token t USING (event_id, workflow)
     WHERE (o.looked_at > %(recent)s OR (o.bound = '{}' AND NOT o.ambiguous))
       AND (EXISTS (SELECT 1 FROM transaction_key k
                     WHERE k.token = t.token AND k.direct AND k.workflow = o.workflow
                       AND (NOT k.former OR o.mode = 'all'))
            OR EXISTS (SELECT 1 FROM transaction_trace k
                        WHERE k.trace_id = t.token AND k.direct AND k.workflow = o.workflow)
            OR o.bound <> '{}')
     LIMIT %(limit)s
"""
MARK_LATE = """
    UPDATE deadline SET late_since = due_at
     WHERE transaction_id IN (
               SELECT transaction_id FROM deadline
                WHERE due_at < %(at)s AND late_since IS NULL
                ORDER BY due_at LIMIT %(limit)s
                  FOR UPDATE SKIP LOCKED
           )
"""
# Asked for first and named then: statistics of a queue were gathered while it was empty.
OLDEST_ACTIVITY = "SELECT id FROM connector_activity ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"
TALLY = """
    WITH taken AS (
        DELETE FROM connector_activity
         WHERE id = ANY(%(ids)s::bigint[])
        RETURNING connector_id, at, kind, code, n
    )
    INSERT INTO connector_count (connector_id, day, kind, code, n, last_at)
    SELECT connector_id, (at AT TIME ZONE 'UTC')::date, kind, code, sum(n), max(at)
      FROM taken GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (connector_id, day, kind, code) DO UPDATE
       SET n = connector_count.n + excluded.n, last_at = greatest(connector_count.last_at, excluded.last_at)
"""
# An event that no transaction has claimed for so long will not be claimed by waiting: somebody must look.
STRANDED = """
    WITH found AS (
        UPDATE orphan SET stranded = true
         WHERE (event_id, workflow) IN (
                   SELECT event_id, workflow FROM orphan
                    WHERE bound = '{}' AND sole AND NOT stranded AND received_at < %(before)s
                    ORDER BY received_at LIMIT %(limit)s
               )
        RETURNING connector_id, event_id, ambiguous
    )
    INSERT INTO connector_activity (connector_id, at, kind, code, n)
    SELECT connector_id, %(at)s, 'stranded',
           CASE WHEN bool_or(ambiguous) THEN 'several_transactions' ELSE 'no_transaction' END, 1
      FROM found f
     WHERE NOT EXISTS (SELECT 1 FROM orphan o WHERE o.event_id = f.event_id AND o.bound <> '{}')
     GROUP BY connector_id, event_id
"""
LIMIT = 5_000
DAYS_AHEAD = 2


def sweep_orphans(at: datetime) -> int:
    """Bind the orphans whose transaction became known while nobody looked; answer how many tokens matched."""
    recent = at - timedelta(seconds=settings.ORPHAN_SWEEP_SECONDS)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(MISSED, {"recent": recent, "limit": LIMIT})
            tokens = [row[0].bytes for row in cursor.fetchall()]
        if tokens:
            apply([], at=micros(at), seek=tokens)
    return len(tokens)


def report_stranded(at: datetime) -> int:
    """Tell of events that have waited for their transaction too long, each once; answer how many."""
    before = at - timedelta(days=settings.ORPHAN_EXCEPTION_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STRANDED, {"at": at, "before": before, "limit": LIMIT})
        return int(cursor.rowcount)


def mark_late(at: datetime) -> int:
    """Record once, of each promise that has passed, since when it is late; no state changes by it."""
    with connection.cursor() as cursor:
        cursor.execute(MARK_LATE, {"at": at, "limit": LIMIT})
        return int(cursor.rowcount)


def tally() -> int:
    """Add appended counts to the connectors' daily counts; answer how many rows that touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(OLDEST_ACTIVITY, {"limit": LIMIT})
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return 0
        cursor.execute(TALLY, {"ids": ids})
        return int(cursor.rowcount)


def make_partitions(at: datetime) -> int:
    """Make the days that will be needed next."""
    days = [at.date() + timedelta(days=n) for n in range(-1, DAYS_AHEAD + 1)]
    horizon = span_horizon(at).date()
    made = partitions.ensure_days("inbox", days, by_date=True)
    made += partitions.ensure_days("span", days, horizon=horizon)
    return made + partitions.ensure_days("gauge", days, horizon=horizon)
