"""What did each connector really send, by type, and what of it was not kept?"""

from dataclasses import dataclass
from datetime import date, datetime

from integrations.queries.connectors import VISIBLE
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

COUNTS = f"""
    SELECT c.name AS connector, e.kind, e.code, sum(e.n)::bigint AS n, max(e.last_at) AS last_at
      FROM (SELECT connector_id, kind, code, n, last_at
              FROM connector_count WHERE day >= %(since)s AND kind = ANY(%(kinds)s)
             UNION ALL
            SELECT connector_id, kind, code, n, at
              FROM connector_activity WHERE kind = ANY(%(kinds)s)) e
      JOIN connector c ON c.id = e.connector_id
     WHERE {VISIBLE}
     GROUP BY c.name, e.kind, e.code
     ORDER BY e.kind, n DESC, c.name, e.code
     LIMIT %(limit)s
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class Sent:
    """How often a connector sent records of one type, or something that was dropped."""

    connector: str
    kind: str  # sent, dropped
    code: str
    n: int
    last_at: datetime


def sent_since(*, scope: Scope, since: date, limit: int = 5_000) -> list[Sent]:
    """Return what the connectors of the scope sent since a UTC day, and what was dropped of it."""
    params = {
        "everything": scope.everything,
        "facility_ids": list(scope.facility_ids),
        "since": since,
        "kinds": ["sent", "dropped"],
        "limit": limit,
    }
    return fetch_all(Sent, COUNTS, params)
