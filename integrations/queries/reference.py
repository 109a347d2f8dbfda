"""What reference data is there on a day, who answers for it, and how did it come to be so?"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one

FINDINGS: Mapping[str, str] = {
    "no_owner": "No owner",
    "owner_left": "Owner's account is switched off",
    "no_steward": "No steward",
}
STATES: Mapping[str, str] = {"now": "There today", "later": "To come", "ended": "Ended"}
# Reference data is the same everywhere: whoever sees a facility sees it, and nobody else does. Of an entity
# that is not there today, the next version stands for it, or else the last. Only what is there is asked for
# anything.
SEEN = """
    WITH seen AS (
      SELECT e.id, e.kind, e.code, v.name, coalesce(p.code, '') AS parent,
             coalesce(nullif(v.owner, ''), u.username, '') AS owner, v.steward, v.valid_from, v.valid_to,
             v.state,
             CASE WHEN v.state <> 'now' THEN '{}' ELSE array_remove(ARRAY[
               CASE WHEN v.owner = '' AND v.owner_user_id IS NULL THEN 'no_owner' END,
               CASE WHEN NOT u.is_active THEN 'owner_left' END,
               CASE WHEN v.steward = '' THEN 'no_steward' END
             ]::text[], NULL) END AS findings
        FROM reference_entity e
        JOIN LATERAL (
          SELECT w.*, CASE WHEN w.valid_from > %(today)s THEN 'later'
                           WHEN w.valid_to < %(today)s THEN 'ended' ELSE 'now' END AS state
            FROM reference_version w WHERE w.entity_id = e.id
           ORDER BY CASE WHEN w.valid_to < %(today)s THEN 2 WHEN w.valid_from > %(today)s THEN 1 ELSE 0 END,
                    CASE WHEN w.valid_from > %(today)s THEN w.valid_from END, w.valid_from DESC
           LIMIT 1
        ) v ON true
        LEFT JOIN reference_entity p ON p.id = v.parent_id
        LEFT JOIN "user" u ON u.id = v.owner_user_id
       WHERE %(sees)s
    )
"""
COLUMNS = "id, kind, code, name, parent, owner, steward, valid_from, valid_to, state, findings"
LISTED = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen
     WHERE kind = %(kind)s AND (%(state)s = '' OR state = %(state)s)
       AND (%(text)s = '' OR name ILIKE %(text)s OR code ILIKE %(text)s)
       AND (%(owner)s = '' OR owner ILIKE %(owner)s)
       AND (%(parent)s = '' OR parent = %(parent)s)
       AND (%(finding)s = '' OR %(finding)s = ANY(findings))
       AND code > %(after)s
     ORDER BY code LIMIT %(limit)s
"""  # noqa: S608 - our own constants
ONE = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen WHERE kind = %(kind)s AND code = %(code)s
"""  # noqa: S608 - our own constants
BELOW = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen
     WHERE id IN (SELECT w.entity_id FROM reference_version w
                   WHERE w.parent_id = %(id)s AND w.valid_from <= %(today)s
                     AND coalesce(w.valid_to >= %(today)s, true))
     ORDER BY kind, code LIMIT %(limit)s
"""  # noqa: S608 - our own constants
COUNTS = """
    SELECT e.kind, count(*) AS entities,
           count(*) FILTER (WHERE v.owner <> '' AND u.id IS NULL OR u.is_active) AS owned,
           count(*) FILTER (WHERE v.owner = '' AND u.id IS NULL) AS no_owner,
           count(*) FILTER (WHERE NOT u.is_active) AS owner_left,
           count(*) FILTER (WHERE v.steward = '') AS no_steward
      FROM reference_version v
      JOIN reference_entity e ON e.id = v.entity_id
      LEFT JOIN "user" u ON u.id = v.owner_user_id
     WHERE %(sees)s AND v.valid_from <= %(today)s AND coalesce(v.valid_to >= %(today)s, true)
     GROUP BY e.kind ORDER BY e.kind LIMIT 100
"""
HISTORY = """
    SELECT c.at, coalesce(u.username, '') AS who, c.field, c.old, c.new, c.valid_from, c.valid_to
      FROM register_change c LEFT JOIN "user" u ON u.id = c.user_id
     WHERE %(sees)s AND c.sort = %(kind)s AND c.code = %(code)s AND NOT (c.old = '' AND c.new = '')
     ORDER BY c.at DESC, c.id LIMIT %(limit)s
"""
# The crosswalk's word for it: what facilities call the entity, as it is believed now.
CODES = """
    SELECT l.authority, l.code, m.valid_from, m.valid_to
      FROM code_meaning m JOIN local_code l ON l.id = m.code_id
     WHERE m.payer_id = %(id)s AND m.superseded_at IS NULL
       AND (%(everything)s OR l.authority NOT IN (SELECT code FROM facility)
            OR l.authority IN (SELECT code FROM facility WHERE id = ANY(%(facility_ids)s)))
       AND %(sees)s
     ORDER BY l.authority, l.code, m.valid_from LIMIT %(limit)s
"""

NAMES = """
    SELECT e.code, v.name
      FROM reference_entity e JOIN reference_version v ON v.entity_id = e.id
     WHERE e.kind = %(kind)s AND e.code = ANY(%(codes)s) AND %(sees)s
       AND daterange(v.valid_from, v.valid_to, '[]') @> %(today)s::date
     ORDER BY e.code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Named:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class EntitySeen:
    """One entity as it is on a day; `state` is a key of STATES, `findings` are keys of FINDINGS."""

    id: int
    kind: str
    code: str
    name: str
    parent: str
    owner: str
    steward: str
    valid_from: date
    valid_to: date | None
    state: str
    findings: list[str]


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many entities of a kind are there on a day, and for how many somebody answers."""

    kind: str
    entities: int
    owned: int
    no_owner: int
    owner_left: int
    no_steward: int


@dataclass(frozen=True, slots=True)
class DatedChange:
    """One field that became something else on some days; `who` is empty where the shell did it."""

    at: datetime
    who: str
    field: str
    old: str
    new: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """A code that a facility has for an entity on some days; `*` is every facility."""

    authority: str
    code: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entities; empty is all. `text` is part of a name or code."""

    text: str = ""
    state: str = ""
    parent: str = ""
    owner: str = ""
    finding: str = ""


def entities_in(
    *, scope: Scope, today: date, kind: str, wanted: Wanted, after: str = "", limit: int = 51
) -> list[EntitySeen]:
    """Return entities of a kind by code, those behind `after`."""
    params = {
        "text": _part(wanted.text),
        "owner": _part(wanted.owner),
        "state": wanted.state,
        "parent": wanted.parent,
        "finding": wanted.finding,
        "kind": kind,
        "after": after,
        "limit": limit,
    }
    return fetch_all(EntitySeen, LISTED, params | _bounds(scope, today))


def entity_coded(*, scope: Scope, today: date, kind: str, code: str) -> EntitySeen | None:
    """Return one entity."""
    return fetch_one(EntitySeen, ONE, {"kind": kind, "code": code, **_bounds(scope, today)})


def entities_below(*, scope: Scope, today: date, entity_id: int, limit: int = 200) -> list[EntitySeen]:
    """Return what belongs to an entity on a day."""
    return fetch_all(EntitySeen, BELOW, {"id": entity_id, "limit": limit, **_bounds(scope, today)})


def counts_by_kind(*, scope: Scope, today: date) -> list[KindCount]:
    """Return how much of each kind is there, and how much of it somebody answers for."""
    return fetch_all(KindCount, COUNTS, _bounds(scope, today))


def changes_of(*, scope: Scope, today: date, kind: str, code: str, limit: int = 100) -> list[DatedChange]:
    """Return how an entity came to be as it is, the newest first."""
    return fetch_all(
        DatedChange, HISTORY, {"kind": kind, "code": code, "limit": limit, **_bounds(scope, today)}
    )


def codes_of(*, scope: Scope, today: date, entity_id: int, limit: int = 200) -> list[CodeSeen]:
    """Return what facilities of the scope call an entity."""
    params = {"id": entity_id, "everything": scope.everything, "facility_ids": list(scope.facility_ids)}
    return fetch_all(CodeSeen, CODES, {**params, "limit": limit, **_bounds(scope, today)})


def names_of(
    *, scope: Scope, kind: str, codes: Collection[str], on: date, limit: int = 1_000
) -> dict[str, str]:
    """Return what entities of one kind are called on a day, by code; what is not there has no name."""
    if not codes:
        return {}
    params = {"kind": kind, "codes": sorted(codes), "limit": limit, **_bounds(scope, on)}
    return {each.code: each.name for each in fetch_all(_Named, NAMES, params)}


def _part(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if text else ""


def _bounds(scope: Scope, today: date) -> dict[str, object]:
    return {"sees": scope.everything or bool(scope.facility_ids), "today": today}
