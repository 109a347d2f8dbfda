"""Which transactions does an identifier name?

Tokens, then transactions: separate statements, because the two are distributed by different columns.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.within import WITHIN, bounds

# How much of one identifier is read before scope is known. A hub larger than this may hide what lies
# beyond it from somebody who sees few of its facilities; its identifiers name a whole file, never a claim.
MOST_READ = 5_000

# Served by the primary key (token, transaction_id): no look at the table but for the rows it answers.
NAMED = """
    SELECT token, transaction_id
      FROM (SELECT token, transaction_id, row_number() OVER (PARTITION BY token ORDER BY transaction_id) AS n
              FROM transaction_key
             WHERE token = ANY(%(tokens)s::uuid[])) k
     WHERE n <= %(each)s
     LIMIT %(limit)s
"""
TRACED = """
    SELECT trace_id AS token, transaction_id
      FROM transaction_trace
     WHERE trace_id = ANY(%(tokens)s::uuid[])
     LIMIT %(limit)s
"""
# Served by the primary key of transaction.
SEEN = f"""
    SELECT t.id FROM transaction t
     WHERE t.id = ANY(%(ids)s::uuid[]) AND {WITHIN}
     ORDER BY t.id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class Named:
    """A transaction that a token names."""

    token: UUID
    transaction_id: UUID


@dataclass(frozen=True, slots=True)
class Seen:
    """A transaction that exists in the scope."""

    id: UUID


def named_by(*, scope: Scope, tokens: Iterable[UUID], limit: int = 4 * MOST_READ) -> dict[UUID, list[UUID]]:
    """Return the transactions in scope that each token names; a token that names none is absent."""
    params = {"tokens": list(tokens), "each": MOST_READ, "limit": limit}
    return _within(scope, fetch_all(Named, NAMED, params))


def traced_by(*, scope: Scope, trace_id: UUID, limit: int = MOST_READ) -> list[UUID]:
    """Return the transactions in scope whose events a trace carried."""
    rows = fetch_all(Named, TRACED, {"tokens": [trace_id], "limit": limit})
    return _within(scope, rows).get(trace_id, [])


def seen(*, scope: Scope, ids: Iterable[UUID], limit: int = 4 * MOST_READ) -> set[UUID]:
    """Return those of `ids` that are transactions in the scope."""
    params = {**bounds(scope), "ids": list(ids), "limit": limit}
    return {row.id for row in fetch_all(Seen, SEEN, params)} if params["ids"] else set()


def _within(scope: Scope, rows: list[Named]) -> dict[UUID, list[UUID]]:
    there = seen(scope=scope, ids={row.transaction_id for row in rows})
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        if row.transaction_id in there:
            found.setdefault(row.token, []).append(row.transaction_id)
    return found
