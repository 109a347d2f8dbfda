"""Take rows from the inbox, and give them back done or parked. A claim is a lease, fenced by its token.

The claim is a short transaction of its own; the work is a second one that ends with `finish`, which refuses
a worker whose lease was taken over meanwhile. A row that killed its worker is next claimed alone, so that
it takes no neighbour with it, and is parked after its last attempt. What failed for want of a sound server
is no attempt: a full disk must not park what nobody has looked at yet.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from psycopg.errors import AdminShutdown, DiskFull, ReadOnlySqlTransaction

log = logging.getLogger(__name__)

# Where much waits, a claim is larger: what a pass costs beside its records is paid less often. Where little
# does, a large claim would only make those wait that came after it.
CLAIM = """
    WITH waiting AS (
        SELECT received_on, id, received_at, items, attempts
          FROM inbox
         WHERE done_at IS NULL AND attempts < %(attempts)s
           AND (lease_until IS NULL OR lease_until < clock_timestamp())
         ORDER BY received_at, id
         LIMIT %(rows)s
           FOR UPDATE SKIP LOCKED
    ), sized AS (
        SELECT *, sum(items) OVER (ORDER BY received_at, id) - items AS before,
               first_value(attempts) OVER (ORDER BY received_at, id) AS tried
          FROM waiting
    ), wanted AS (
        SELECT received_on, id FROM sized
         WHERE CASE WHEN tried > 0 THEN before = 0
                    ELSE attempts = 0 AND before < greatest(
                        %(records)s, least(%(most)s, (SELECT sum(items) FROM sized) / %(parts)s))
               END
         ORDER BY received_at, id
         LIMIT CASE WHEN (SELECT max(tried) FROM sized) > 0 THEN 1 END
    )
    UPDATE inbox i
       SET attempts = attempts + 1, lease_token = lease_token + 1,
           lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
      FROM wanted p
     WHERE i.received_on = p.received_on AND i.id = p.id
    RETURNING i.received_on, i.id, i.received_at, i.connector_id, i.credential_id, i.signal, i.format, i.blob,
              i.items, i.rejected, i.dropped, i.lease_token
"""
# A claim that came to nothing may have met rows that another one held for the moment of its own claim.
WAITING = """
    SELECT EXISTS (
        SELECT 1 FROM inbox
         WHERE done_at IS NULL AND attempts < %(attempts)s
           AND (lease_until IS NULL OR lease_until < clock_timestamp())
    )
"""
UNDONE = "SELECT EXISTS (SELECT 1 FROM inbox WHERE done_at IS NULL AND received_at < %(before)s)"
FINISH = """
    UPDATE inbox i
       SET done_at = clock_timestamp(), lease_until = NULL, new = d.new, duplicates = d.duplicates,
           conflicts = d.conflicts, orphans = d.orphans
      FROM unnest(%(days)s::date[], %(ids)s::uuid[], %(tokens)s::bigint[], %(new)s::int[],
                  %(duplicates)s::int[], %(conflicts)s::int[], %(orphans)s::int[])
           AS d(received_on, id, lease_token, new, duplicates, conflicts, orphans)
     WHERE i.received_on = d.received_on AND i.id = d.id AND i.lease_token = d.lease_token
       AND i.done_at IS NULL
"""
# Each failure waits longer than the last: a fault of seconds must not use up every attempt at once.
RELEASE = """
    UPDATE inbox SET lease_until = clock_timestamp() + attempts * make_interval(secs => %(pause)s),
                     attempts = attempts - %(forgiven)s
     WHERE (received_on, id) IN (SELECT * FROM unnest(%(days)s::date[], %(ids)s::uuid[])) AND done_at IS NULL
"""
# Move and mark in one statement: a parked row is never lost and never parked twice.
PARK = """
    WITH spent AS (
        UPDATE inbox SET done_at = clock_timestamp(), parked_code = %(code)s, lease_until = NULL
         WHERE done_at IS NULL AND attempts >= %(attempts)s
           AND (lease_until IS NULL OR lease_until < clock_timestamp())
        RETURNING id, received_at, connector_id, credential_id, signal, format, blob, items
    ), parked AS (
        INSERT INTO inbox_parked (id, received_at, parked_at, connector_id, credential_id, signal, format,
                                  blob, items, code)
        SELECT id, received_at, clock_timestamp(), connector_id, credential_id, signal, format, blob, items,
               %(code)s
          FROM spent
        ON CONFLICT (id) DO NOTHING
        RETURNING connector_id
    )
    INSERT INTO connector_activity (connector_id, at, kind, code, n)
    SELECT connector_id, clock_timestamp(), 'parked', %(code)s, 1 FROM parked
"""
POISON = "poison"
PAUSES_IN_A_LEASE = 6
DISTRESS = (AdminShutdown, DiskFull, ReadOnlySqlTransaction)  # no row brings these about
PARTS = 5  # what dies with one request is no more of what waits than one in five, or a claim as set
MOST_CLAIMS = 3  # in one


class LeaseLost(Exception):
    """Another worker has taken the rows over: this one's work must not be committed."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One inbox row held under a lease."""

    received_on: date
    id: UUID
    received_at: Any
    connector_id: int
    credential_id: int
    signal: str
    format: int
    blob: bytes
    items: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    lease_token: int


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one claimed row."""

    row: Claimed
    new: int
    duplicates: int
    conflicts: int
    orphans: int


def claim(*, records: int, rows: int = 200) -> list[Claimed]:
    """Lease the oldest undone rows, about `records` records of them; an empty list when none is free.

    Where more than PARTS times as many wait, it takes that part of them, up to MOST_CLAIMS times `records`.
    It looks at the `rows` oldest only.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "attempts": settings.DRAIN_MAX_ATTEMPTS,
                "rows": rows,
                "records": records,
                "most": MOST_CLAIMS * records,
                "parts": PARTS,
                "lease": settings.DRAIN_LEASE_SECONDS,
            },
        )
        names = [column[0] for column in cursor.description]
        found = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    claimed = [Claimed(**(row | _plain(row))) for row in found]
    return sorted(claimed, key=lambda row: (row.received_at, row.id))


def anything_waits() -> bool:
    """Say whether a row is there to be claimed."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"attempts": settings.DRAIN_MAX_ATTEMPTS})
        row = cursor.fetchone()
    return bool(row and row[0])


def anything_undone(*, received_before: datetime) -> bool:
    """Say whether a row that was received before a moment is not applied yet."""
    with connection.cursor() as cursor:
        cursor.execute(UNDONE, {"before": received_before})
        row = cursor.fetchone()
    return bool(row and row[0])


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Django leaves jsonb to its fields, so a cursor of ours gets it as text."""
    counts = {name: json.loads(row[name]) for name in ("rejected", "dropped")}
    return counts | {"blob": bytes(row["blob"])}


def finish(done: Sequence[Done]) -> None:
    """Mark rows as done inside the caller's transaction. Raises LeaseLost where a lease is no longer ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            FINISH,
            {
                "days": [d.row.received_on for d in done],
                "ids": [d.row.id for d in done],
                "tokens": [d.row.lease_token for d in done],
                "new": [d.new for d in done],
                "duplicates": [d.duplicates for d in done],
                "conflicts": [d.conflicts for d in done],
                "orphans": [d.orphans for d in done],
            },
        )
        if cursor.rowcount != len(done):
            raise LeaseLost


def in_distress(failure: Exception) -> bool:
    """Say whether work failed because the server could not do any."""
    return isinstance(failure, DISTRESS) or isinstance(failure.__cause__, DISTRESS)


def release(rows: Sequence[Claimed], *, forgiven: bool = False) -> None:
    """Give the rows back, sooner than at the end of the lease; forgiven, this was no attempt of theirs."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute(
            RELEASE,
            {
                "days": [row.received_on for row in rows],
                "ids": [row.id for row in rows],
                "pause": settings.DRAIN_LEASE_SECONDS / PAUSES_IN_A_LEASE,
                "forgiven": int(forgiven),
            },
        )


def park_spent() -> int:
    """Set aside the rows whose attempts are used up; answer how many."""
    with connection.cursor() as cursor:
        cursor.execute(PARK, {"code": POISON, "attempts": settings.DRAIN_MAX_ATTEMPTS})
        parked = int(cursor.rowcount)
    if parked:
        log.error("parked", extra={"code": POISON, "rows": parked})
    return parked
