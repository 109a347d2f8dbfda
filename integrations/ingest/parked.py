"""Give requests that were set aside back to the inbox, once what stopped them is gone."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

# Given back only where its row is there to take it, so that none is lost between the two tables.
UNPARK = """
    WITH back AS (
        UPDATE inbox i SET done_at = NULL, parked_code = NULL, attempts = 0, lease_until = NULL
          FROM inbox_parked p
         WHERE i.received_on = (p.received_at AT TIME ZONE 'UTC')::date AND i.id = p.id
           AND (%(ids)s::uuid[] IS NULL OR p.id = ANY(%(ids)s::uuid[]))
        RETURNING i.id
    )
    DELETE FROM inbox_parked WHERE id IN (SELECT id FROM back)
"""


def unpark(receipts: Sequence[UUID] | None) -> int:
    """Let set-aside rows be tried again with all their attempts, all of them for None; answer how many."""
    with connection.cursor() as cursor:
        cursor.execute(UNPARK, {"ids": None if receipts is None else list(receipts)})
        return int(cursor.rowcount)
