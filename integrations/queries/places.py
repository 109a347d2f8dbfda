"""Which places are there on a day, what lies where, and what changed or will?"""

from dataclasses import dataclass
from datetime import date

from integrations.queries.reference import CodeSeen
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Whoever sees a facility sees what it lies in and what lies in it, on any day. Who sees all, later facilities
# too, sees every place: also one that was made a moment ago and holds none yet.
VISIBLE = """
    WITH RECURSIVE up AS (
      SELECT id FROM place WHERE facility_id = ANY(%(facility_ids)s)
       UNION
      SELECT e.parent_id FROM up JOIN place_edge e ON e.child_id = up.id
    ), down AS (
      SELECT id FROM place WHERE facility_id = ANY(%(facility_ids)s)
       UNION
      SELECT e.child_id FROM down JOIN place_edge e ON e.parent_id = down.id
    ), visible AS (
      SELECT p.id, p.kind, p.code, p.facility_id, p.owner, p.steward, p.valid_from, p.valid_to, p.name
        FROM place p
       WHERE %(every_place)s OR p.id IN (SELECT id FROM up) OR p.id IN (SELECT id FROM down)
    )
"""
ON_DAY = f"""
    {VISIBLE}
    SELECT v.id, v.kind, v.code, coalesce(n.name, a.name, v.name) AS name, w.id AS parent_id, v.owner,
           v.steward, v.valid_from, v.valid_to
      FROM visible v
      LEFT JOIN LATERAL (SELECT f.name FROM place_name f
                          WHERE f.place_id = v.id AND f.valid_to >= %(day)s
                          ORDER BY f.valid_to LIMIT 1) n ON true
      LEFT JOIN LATERAL (SELECT f.name FROM place_name_ahead f
                          WHERE f.place_id = v.id AND f.valid_from <= %(day)s
                          ORDER BY f.valid_from DESC LIMIT 1) a ON true
      LEFT JOIN place_edge e ON e.child_id = v.id AND e.valid_from <= %(day)s
                            AND coalesce(e.valid_to >= %(day)s, true)
      LEFT JOIN visible w ON w.id = e.parent_id
     WHERE v.valid_from <= %(day)s AND coalesce(v.valid_to >= %(day)s, true)
     ORDER BY coalesce(n.name, a.name, v.name), v.id LIMIT %(limit)s
"""  # noqa: S608 - our own constants
CHANGES = f"""
    {VISIBLE}, changed AS (
      SELECT e.valid_from AS day, e.child_id AS place_id, 'moved' AS what, w.name AS detail
        FROM place_edge e JOIN visible w ON w.id = e.parent_id WHERE e.valid_from > %(beginning)s
       UNION ALL
      SELECT e.valid_to + 1, e.child_id, 'left', w.name
        FROM place_edge e JOIN visible w ON w.id = e.parent_id JOIN visible c ON c.id = e.child_id
       WHERE e.valid_to IS NOT NULL AND e.valid_to IS DISTINCT FROM c.valid_to
         AND NOT EXISTS (SELECT 1 FROM place_edge o
                          WHERE o.child_id = e.child_id AND o.valid_from = e.valid_to + 1)
       UNION ALL
      SELECT v.valid_from, v.id, 'opened', '' FROM visible v WHERE v.valid_from > %(beginning)s
       UNION ALL
      SELECT v.valid_to + 1, v.id, 'ended', '' FROM visible v WHERE v.valid_to IS NOT NULL
       UNION ALL
      SELECT f.valid_to + 1, f.place_id, 'renamed', f.name FROM place_name f
       UNION ALL
      SELECT f.valid_from, f.place_id, 'will be called', f.name FROM place_name_ahead f
    )
    SELECT c.day, v.id, v.kind, v.name, c.what, c.detail
      FROM changed c JOIN visible v ON v.id = c.place_id
     WHERE (%(place)s::bigint IS NULL OR v.id = %(place)s)
       AND NOT (c.what = 'moved' AND c.day = v.valid_from)
     ORDER BY c.day DESC, v.id, c.what LIMIT %(limit)s
"""  # noqa: S608 - our own constants
COUNTS = f"""
    {VISIBLE}
    SELECT kind, count(*) AS entities, count(*) FILTER (WHERE owner <> '') AS owned,
           count(*) FILTER (WHERE owner = '') AS no_owner,
           count(*) FILTER (WHERE steward = '') AS no_steward
      FROM visible
     WHERE valid_from <= %(day)s AND coalesce(valid_to >= %(day)s, true)
     GROUP BY kind ORDER BY kind LIMIT 10
"""  # noqa: S608 - our own constants
ONE = f"""
    {VISIBLE}
    SELECT id, kind, code, name, NULL::bigint AS parent_id, owner, steward, valid_from, valid_to
      FROM visible WHERE id = %(place)s
"""  # noqa: S608 - our own constants
# The crosswalk, as it is believed now. A tax number is kept as a pseudonym only, which tells nobody anything.
CODES = f"""
    {VISIBLE}
    SELECT l.authority, l.code, m.valid_from, m.valid_to
      FROM code_meaning m
      JOIN local_code l ON l.id = m.code_id
      JOIN visible v ON v.id = m.department_id OR v.facility_id = m.facility_id
     WHERE v.id = %(place)s AND m.superseded_at IS NULL AND l.authority <> 'tin'
       AND (%(everything)s OR l.kind = 'facility' OR l.authority = '*'
            OR l.authority IN (SELECT code FROM facility WHERE id = ANY(%(facility_ids)s)))
     ORDER BY l.authority, l.code, m.valid_from LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A place on a day; `parent_id` is what it belongs to then, None for the top and for what is nowhere."""

    id: int
    kind: str
    code: str
    name: str
    parent_id: int | None
    owner: str
    steward: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class PlaceChange:
    """What changes about a place from a day on: moved, left, opened, ended, renamed, will be called.

    `detail` is what it moved to or left, what it was called before, or what it will be called.
    """

    day: date
    id: int
    kind: str
    name: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """How many places of a kind are there on a day, and for how many somebody answers."""

    kind: str
    entities: int
    owned: int
    no_owner: int
    no_steward: int


def places_on(*, scope: Scope, day: date, limit: int = 5_000) -> list[PlaceSeen]:
    """Return the places of a day by name."""
    return fetch_all(PlaceSeen, ON_DAY, {**_sees(scope), "day": day, "limit": limit})


def place_seen(*, scope: Scope, place_id: int) -> PlaceSeen | None:
    """Return one place, whatever the day, under its name of today and without what it belongs to."""
    found = fetch_all(PlaceSeen, ONE, {**_sees(scope), "place": place_id})
    return found[0] if found else None


def place_changes(
    *, scope: Scope, beginning: date, place_id: int | None = None, limit: int = 200
) -> list[PlaceChange]:
    """Return what changed and will change behind `beginning`, of one place or of all, the latest first."""
    params = {"beginning": beginning, "place": place_id, "limit": limit}
    return fetch_all(PlaceChange, CHANGES, {**_sees(scope), **params})


def place_counts(*, scope: Scope, day: date) -> list[PlaceCount]:
    """Return how many places of each kind are there on a day."""
    return fetch_all(PlaceCount, COUNTS, {**_sees(scope), "day": day})


def codes_of_place(*, scope: Scope, place_id: int, limit: int = 200) -> list[CodeSeen]:
    """Return what others call a facility, or facilities of the scope a department."""
    return fetch_all(CodeSeen, CODES, {**_sees(scope), "place": place_id, "limit": limit})


def _sees(scope: Scope) -> dict[str, object]:
    return {
        "everything": scope.everything,
        "every_place": scope.everything or Permission.SEE_CATALOGUE in scope.everywhere,
        "facility_ids": list(scope.facility_ids),
    }
