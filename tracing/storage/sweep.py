"""What no event brings about: orphans that two passes missed, promises that fall due, counts to add up."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from integrations.ingest.records import micros
from observability.core import partitions
from tracing.storage.apply import apply
from tracing.storage.drain import span_horizon
from tracing.storage.marks import go_on

# Of a few orphans: how many, the moment they go up to, and which of their names are worth a look: of what
# waits those that are known by now, of what is bound all that may bind it elsewhere. The rows are cut first,
# never between two of one moment: those of a pass have the same. With OFFSET each name is looked up by its
# key; without, the planner would rather read all keys that there are.
_WORTH_A_LOOK = """
    WITH o AS MATERIALIZED (
        SELECT event_id, workflow, mode, tokens, default_id, bound, ambiguous, {moment} AS at FROM orphan
         WHERE {which} ORDER BY {moment} FETCH FIRST (%(limit)s) ROWS WITH TIES
    ), known AS (
        SELECT DISTINCT n.token
          FROM o
         CROSS JOIN unnest(CASE o.tokens WHEN '{{}}' THEN ARRAY[o.default_id] ELSE o.tokens END) AS n(token)
         WHERE {worth}
           AND EXISTS (SELECT 1 FROM orphan_token t
                        WHERE t.token = n.token AND t.event_id = o.event_id AND t.workflow = o.workflow
                       OFFSET 0)
           AND (o.bound <> '{{}}'
                OR EXISTS (SELECT 1 FROM transaction_key k
                            WHERE k.token = n.token AND k.direct AND k.workflow = o.workflow
                              AND (NOT k.former OR o.mode = 'all') OFFSET 0)
                OR EXISTS (SELECT 1 FROM transaction_trace k
                            WHERE k.trace_id = n.token AND k.direct AND k.workflow = o.workflow OFFSET 0))
    )
    SELECT (SELECT count(*) FROM o), (SELECT max(at) FROM o), ARRAY(SELECT token FROM known)
"""
LOOKED_AT = _WORTH_A_LOOK.format(
    moment="looked_at", which="looked_at > %(after)s AND looked_at <= %(until)s", worth="true"
)
# What has several transactions to choose from waits for somebody to say which.
WAITING = _WORTH_A_LOOK.format(
    moment="received_at", which="bound = '{}' AND received_at > %(after)s", worth="NOT o.ambiguous"
)
# The promises of a stretch of time, cut as above, of which nobody has recorded yet that they passed.
DUE = """
    SELECT count(*), max(due_at) FROM (
        SELECT due_at FROM deadline WHERE due_at > %(after)s AND due_at <= %(until)s
         ORDER BY due_at FETCH FIRST (%(limit)s) ROWS WITH TIES) d
"""
MARK_LATE = """
    UPDATE deadline SET late_since = due_at
     WHERE transaction_id IN (
               SELECT transaction_id FROM deadline
                WHERE due_at > %(after)s AND due_at <= %(last)s AND late_since IS NULL
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
FEW = 1_000  # of those that are gone through again and again
LONG_AGO, FAR = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
DAYS_AHEAD = 2


def sweep_orphans(at: datetime) -> int:
    """Bind the orphans whose transaction became known while nobody looked; answer how many names matched.

    Two passes side by side do not see what the other is about to write. So each orphan is looked at again at
    the next sweep, and once more when every pass of its time has ended. Those that wait are all gone through
    besides, a few at a time: what is granted to their connector may have changed.
    """
    ended = at - timedelta(seconds=settings.ORPHAN_SWEEP_SECONDS)
    tokens: set[UUID] = set()
    look = partial(_look, tokens)
    with transaction.atomic():
        go_on("orphans.soon", lambda mark: look(LOOKED_AT, mark or ended, until=FAR) or at)
        go_on("orphans.later", lambda mark: look(LOOKED_AT, mark or ended, until=ended) or ended)
        go_on("orphans.waiting", lambda mark: look(WAITING, mark or LONG_AGO, limit=FEW))
        if tokens:
            apply([], at=micros(at), seek=[token.bytes for token in tokens])
    return len(tokens)


def _look(
    tokens: set[UUID], sql: str, after: datetime, *, until: datetime = FAR, limit: int = LIMIT
) -> datetime | None:
    """Add the names that are worth a look; return the moment that this comes to, None at the end."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"after": after, "until": until, "limit": limit})
        ((count, last, found),) = cursor.fetchall()
    tokens.update(found)
    return last if count >= limit else None


def report_stranded(at: datetime) -> int:
    """Tell of events that have waited for their transaction too long, each once; answer how many."""
    before = at - timedelta(days=settings.ORPHAN_EXCEPTION_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STRANDED, {"at": at, "before": before, "limit": LIMIT})
        return int(cursor.rowcount)


def mark_late(at: datetime) -> int:
    """Record once, of each promise that has passed, since when it is late; no state changes by it.

    What fell due since the last time comes at once; besides, all that is overdue is gone through, a few at a
    time: a promise may be late already when it is made.
    """
    passed = at - timedelta(microseconds=1)
    marked: list[int] = []
    mark_in = partial(_mark_late, marked, until=passed)
    with transaction.atomic():
        go_on("deadlines.due", lambda mark: mark_in(mark or passed) or passed)
        go_on("deadlines.overdue", lambda mark: mark_in(mark or LONG_AGO))
    return sum(marked)


def _mark_late(marked: list[int], after: datetime, *, until: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"after": after, "until": until, "limit": LIMIT})
        ((count, last),) = cursor.fetchall()
        cursor.execute(MARK_LATE, {"after": after, "last": last})
        marked.append(cursor.rowcount)
    return last if count >= LIMIT else None


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
