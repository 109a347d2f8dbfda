"""What the transactions of a hold are today: merges and new mappings give them other ids.

Followed step by step, each a statement about all that the step before has found: a cluster has no recursive
ones. What is found goes into the statements of the purge as parameters.
"""

from typing import Any
from uuid import UUID

from django.db import connection

NAMED = "SELECT l.id, unnest(l.transaction_ids) FROM legal_hold l WHERE l.lifted_at IS NULL"
# What a mapping moved away from a facility, which stays under the hold on it.
LEFT = """
    SELECT DISTINCT l.id, m.transaction_id
      FROM legal_hold l
      JOIN facility f ON f.id = l.facility_id
      JOIN transaction_move m ON m.field = 'facility' AND m.was = f.code
     WHERE l.lifted_at IS NULL
"""
BECAME = """
    SELECT a.old, a.new FROM key_alias a WHERE a.workflow IS NOT NULL AND a.old = ANY(%(ids)s)
     UNION
    SELECT m.earlier_id, m.transaction_id FROM transaction_move m WHERE m.earlier_id = ANY(%(ids)s)
"""
Pair = tuple[int, UUID]  # a hold and a transaction


def params() -> dict[str, Any]:
    """Return what `of_hold` and `once_at_facility` compare with, as it stands now."""
    named, left = sorted(_followed(NAMED)), sorted(_followed(LEFT))
    return {
        "named_holds": [hold for hold, _ in named],
        "named_ids": [id for _, id in named],
        "left_holds": [hold for hold, _ in left],
        "left_ids": [id for _, id in left],
    }


def of_hold(id: str) -> str:
    """Return the condition that `id` (SQL) is a transaction of hold `h`, or what one of them became."""
    return f"((h.id, {id}) IN (SELECT * FROM {_pairs('named')}))"  # noqa: S608 - our own words


def once_at_facility(id: str) -> str:
    """Return the condition that a mapping moved `id` (SQL) away from the facility of hold `h`."""
    return f"((h.id, {id}) IN (SELECT * FROM {_pairs('left')}))"  # noqa: S608 - our own words


def _pairs(name: str) -> str:
    return f"unnest(%({name}_holds)s::bigint[], %({name}_ids)s::uuid[])"


def _followed(beginning: str) -> set[Pair]:
    """Return each hold with the transactions that it began with and all that they became."""
    with connection.cursor() as cursor:
        cursor.execute(beginning)
        found: set[Pair] = set(cursor.fetchall())
        new = found
        while new:
            holds: dict[UUID, list[int]] = {}
            for hold, id in new:
                holds.setdefault(id, []).append(hold)
            cursor.execute(BECAME, {"ids": sorted(holds)})
            new = {(hold, now) for was, now in cursor.fetchall() for hold in holds[was]} - found
            found |= new
    return found
