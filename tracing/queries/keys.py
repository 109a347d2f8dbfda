"""Under which identifiers and traces is a transaction known, and what else is known under them?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.transaction import One
from tracing.queries.within import may_read

# Both tables are distributed by token; served by the index transaction_key_of.
KEYS = """
    SELECT k.token, k.kind, k.linking, k.direct, k.former, i.issuer, i.last, i.sealed, i.key_id
      FROM transaction_key k
      JOIN identifier i USING (token)
     WHERE k.transaction_id = %(id)s
     ORDER BY k.kind, k.former, k.direct DESC, i.last, k.token
     LIMIT %(limit)s
"""
# Served by the index transaction_trace_of.
TRACES = """
    SELECT trace_id, first_at, last_at
      FROM transaction_trace
     WHERE transaction_id = %(id)s
     ORDER BY first_at, trace_id
     LIMIT %(limit)s
"""
# Served by the primary key (token, transaction_id). One more than a hub is read of each token.
SHARING = """
    SELECT token, transaction_id
      FROM (SELECT token, transaction_id, row_number() OVER (PARTITION BY token ORDER BY transaction_id) AS n
              FROM transaction_key
             WHERE token = ANY(%(tokens)s::uuid[]) AND NOT former) k
     WHERE n <= %(each)s
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One identifier of a transaction; `sealed` is its clear form, which needs a key to open."""

    token: UUID
    kind: str
    linking: bool
    direct: bool
    former: bool  # by a merge or move it has another number now
    issuer: str
    last: str
    sealed: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class TraceSeen:
    """A trace that carried events of a transaction, and when."""

    trace_id: UUID
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Sharing:
    """A transaction that a token names."""

    token: UUID
    transaction_id: UUID


def keys_of(*, scope: Scope, of: One, limit: int = 200) -> list[KeySeen]:
    """Return the identifiers of a transaction."""
    if not may_read(scope, of):
        return []
    return fetch_all(KeySeen, KEYS, {"id": of.id, "limit": limit})


def traces_of(*, scope: Scope, of: One, limit: int = 20) -> list[TraceSeen]:
    """Return the traces of a transaction."""
    if not may_read(scope, of):
        return []
    return fetch_all(TraceSeen, TRACES, {"id": of.id, "limit": limit})


def sharing(
    *, scope: Scope, of: One, tokens: Iterable[UUID], hub_size: int, limit: int = 5_000
) -> dict[UUID, list[UUID]]:
    """Return the transactions that share each of these tokens of a transaction, hubs left out.

    They are ids only: what may be shown of them is asked with a scope.
    """
    wanted = list(tokens)
    found: dict[UUID, list[UUID]] = {}
    if not wanted or not may_read(scope, of):
        return found
    params = {"tokens": wanted, "each": hub_size + 1, "limit": limit}
    for row in fetch_all(Sharing, SHARING, params):
        found.setdefault(row.token, []).append(row.transaction_id)
    return {token: ids for token, ids in found.items() if len(ids) <= hub_size}
