"""What did messages call the things of a transaction, and what are these called here?"""

from collections.abc import Collection
from dataclasses import dataclass

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.transaction import One
from tracing.queries.within import may_read

CALLED = """
    SELECT DISTINCT s.field, s.kind, s.said, s.now, coalesce(v.name, '') AS name
      FROM fact f
      JOIN wording w ON w.id = f.wording_id
     CROSS JOIN LATERAL (
            SELECT 'department', 'department', w.department, f.department WHERE w.department <> ''
            UNION ALL
            SELECT 'payer', 'payer', w.payer, f.payer WHERE w.payer <> ''
            UNION ALL
            SELECT w.codes[n], w.codes[n + 1], w.codes[n + 3], f.attributes->>w.codes[n]
              FROM generate_series(1, cardinality(w.codes), 4) AS n
           ) AS s(field, kind, said, now)
      LEFT JOIN reference_entity e ON e.kind = s.kind AND e.code = s.now
      LEFT JOIN reference_version v
        ON v.entity_id = e.id
       AND daterange(v.valid_from, v.valid_to, '[]') @> (f.occurred_at AT TIME ZONE 'UTC')::date
     WHERE f.transaction_id = %(id)s AND s.now IS NOT NULL AND s.field <> ALL(%(hidden)s::text[])
     ORDER BY s.field, s.now, s.said, name LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Called:
    """One word of a message: in which field, of which kind, our code for it and its name, if known."""

    field: str
    kind: str
    said: str
    now: str
    name: str


def called_in(*, scope: Scope, of: One, hidden: Collection[str] = (), limit: int = 200) -> list[Called]:
    """Return what the messages of a transaction said in their own codes, without hidden fields."""
    if not may_read(scope, of):
        return []
    return fetch_all(Called, CALLED, {"id": of.id, "hidden": sorted(hidden), "limit": limit})
