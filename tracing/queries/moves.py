"""What did new mappings do to a transaction, and where did one go that is no longer found by its old id?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.within import WITHIN, Placed, bounds, may_read

MOVES = """
    SELECT m.field, m.was, m.now, m.at, coalesce(r.reason, '') AS reason, coalesce(u.username, '') AS who
      FROM transaction_move m
      LEFT JOIN remap r ON r.id = m.remap_id
      LEFT JOIN "user" u ON u.id = r.by_id
     WHERE m.transaction_id = %(id)s
     ORDER BY m.at DESC, m.field LIMIT %(limit)s
"""
WENT = """
    SELECT DISTINCT transaction_id AS id FROM transaction_move
     WHERE earlier_id = ANY(%(ids)s) AND transaction_id <> earlier_id ORDER BY id LIMIT %(limit)s
"""
THERE = f"""
    SELECT t.id FROM transaction t WHERE t.id = ANY(%(ids)s) AND {WITHIN} ORDER BY t.id LIMIT 1
"""  # noqa: S608 - our own constant
MOST_MOVES = 10


@dataclass(frozen=True, slots=True)
class MoveSeen:
    """One thing that a mapping changed. `was` and `now` are codes; of a facility one may not see, empty."""

    field: str
    was: str
    now: str
    at: datetime
    reason: str
    who: str


@dataclass(frozen=True, slots=True)
class _Went:
    id: UUID


def moves_of(*, scope: Scope, of: Placed, id: UUID, limit: int = 20) -> list[MoveSeen]:
    """Return what mappings changed about a transaction, the latest first."""
    if not may_read(scope, of):
        return []
    return fetch_all(MoveSeen, MOVES, {"id": id, "limit": limit})


def moved_to(*, scope: Scope, id: UUID) -> UUID | None:
    """Return the transaction that one of an earlier id became; None where it is none of this scope."""
    known, ids = {id}, [id]
    for _ in range(MOST_MOVES):
        ids = [each.id for each in fetch_all(_Went, WENT, {"ids": ids, "limit": MOST_MOVES})]
        there = fetch_all(_Went, THERE, {**bounds(scope), "ids": ids})
        if there:
            return there[0].id
        ids = [each for each in ids if each not in known]
        known.update(ids)
        if not ids:
            break
    return None
