"""What are the objects of audit rows called today?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from observability.accounts.scopes import Scope
from observability.auditing.queries.rows import AuditSeen
from observability.core.sql import fetch_all

# By type of object, ids of the rows that were read; another type of object is shown by its id.
NAMES: Mapping[str, str] = {
    "user": 'SELECT id, username AS name FROM "user"',
    "connector": "SELECT id, name FROM connector",
    "grant": 'SELECT g.id, u.username AS name FROM "grant" g JOIN "user" u ON u.id = g.user_id',
    "opened_glass": "SELECT o.id, f.name FROM opened_glass o JOIN facility f ON f.id = o.facility_id",
    "place": "SELECT id, name FROM place",
    "system": "SELECT id, code AS name FROM register_system",
    "display": "SELECT id, name FROM display",
    "hold": "SELECT id, name FROM legal_hold",
    "reference_entity": "SELECT id, replace(kind, '_', ' ') || ' ' || code AS name FROM reference_entity",
    "interface": "SELECT id, code AS name FROM register_interface",
}


@dataclass(frozen=True, slots=True)
class Named:
    """An object and its name."""

    id: int
    name: str


def names_of(*, scope: Scope, rows: Iterable[AuditSeen]) -> dict[tuple[str, str], str]:
    """Return the names of the objects of `rows`, which were read in this scope, by type and id."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.object_type in NAMES and row.object_id.isdigit():
            wanted[row.object_type].add(int(row.object_id))
    return {
        (sort, str(named.id)): named.name
        for sort, ids in sorted(wanted.items())
        for named in fetch_all(
            Named,
            f"SELECT id, name FROM ({NAMES[sort]}) n WHERE id = ANY(%(ids)s) ORDER BY id LIMIT %(limit)s",  # noqa: S608
            {"ids": sorted(ids), "limit": len(ids)},
        )
    }
