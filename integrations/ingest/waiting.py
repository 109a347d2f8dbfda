"""What of each connector was taken in and is not applied yet?"""

from dataclasses import dataclass
from datetime import datetime

from observability.core.sql import fetch_all

# Served by the partial index inbox_undone.
BACKLOG = """
    SELECT connector_id, count(*)::int AS requests, coalesce(sum(items), 0)::bigint AS items,
           min(received_at) AS oldest_at, max(received_at) AS newest_at
      FROM (SELECT connector_id, items, received_at
              FROM inbox WHERE done_at IS NULL ORDER BY received_at, id LIMIT %(limit)s) waiting
     WHERE connector_id = ANY(%(ids)s)
     GROUP BY connector_id
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was taken in and is not applied yet."""

    connector_id: int
    requests: int
    items: int
    oldest_at: datetime
    newest_at: datetime


def backlog_of(*, ids: list[int], limit: int = 20_000) -> dict[int, Backlog]:
    """Return what of connectors of a scope waits to be applied, among the oldest `limit` requests."""
    rows = fetch_all(Backlog, BACKLOG, {"ids": ids, "limit": limit})
    return {row.connector_id: row for row in rows}
