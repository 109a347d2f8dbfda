"""What became of one accepted request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from observability.core.ids import made_at
from observability.core.sql import fetch_one

# The id tells its day, so one or two partitions are looked at. Rows that were set aside have moved.
RECEIPT = """
SELECT CASE WHEN parked_code IS NOT NULL THEN 'parked' WHEN done_at IS NOT NULL THEN 'applied'
            ELSE 'stored' END AS status,
       signal, received_at, items, rejected::text AS rejected, new, duplicates, conflicts, orphans
  FROM inbox
 WHERE received_on BETWEEN %(first)s AND %(last)s AND id = %(id)s AND connector_id = %(connector_id)s
UNION ALL
SELECT 'parked', signal, received_at, items, '{}', NULL, NULL, NULL, NULL
  FROM inbox_parked WHERE id = %(id)s AND connector_id = %(connector_id)s
 LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The state of a request: stored, applied or parked; counts once applied."""

    status: str
    signal: str
    received_at: datetime
    items: int
    rejected: str  # JSON: code -> count
    new: int | None
    duplicates: int | None
    conflicts: int | None
    orphans: int | None


def receipt_of(receipt_id: UUID, *, connector_id: int) -> Receipt | None:
    """Return the state of a request of this connector, None where it sent no such one."""
    try:
        day = made_at(receipt_id).date()
        days = {"first": day - timedelta(days=1), "last": day + timedelta(days=1)}
    except (ValueError, OverflowError):  # made in no year that there is: not by us
        return None
    return fetch_one(Receipt, RECEIPT, {"id": receipt_id, "connector_id": connector_id, **days})
