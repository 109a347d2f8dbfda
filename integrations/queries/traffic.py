"""Which systems and interfaces does traffic name, and which of them does nobody declare?"""

from dataclasses import dataclass
from datetime import datetime

from integrations.catalogue.windows import DAY, WEEK, since
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one

# Where no facility was said it may have been any that the connector may post for: one has to see them all.
VISIBLE = """
    (%(everything)s OR s.facility_id = ANY(%(facility_ids)s::int[])
     OR (s.facility_id IS NULL AND s.connector_id IN (
             SELECT c.id FROM connector c
              WHERE c.facility_id = ANY(%(facility_ids)s::int[])
                AND NOT EXISTS (SELECT 1 FROM connector_facilities g
                                 WHERE g.connector_id = c.id
                                   AND g.facility_id <> ALL(%(facility_ids)s::int[])))))
"""
DECLARED = """
    ((s.sort = 'system' AND s.code IN (SELECT code FROM register_system))
     OR (s.sort = 'interface' AND s.code IN (SELECT code FROM register_interface)))
"""
UNDECLARED = f"""
    SELECT s.sort, s.code, sum(s.n)::bigint AS n, min(s.first_at) AS first_at, max(s.last_at) AS last_at,
           coalesce(array_agg(DISTINCT s.facility_id) FILTER (WHERE s.facility_id IS NOT NULL), '{{}}')
               AS facility_ids,
           array_agg(DISTINCT c.name) AS connectors, coalesce(d.reason, '') AS dismissed_for,
           coalesce(u.username, '') AS dismissed_by, d.at AS dismissed_at
      FROM register_seen s
      JOIN connector c ON c.id = s.connector_id
      LEFT JOIN register_dismissal d ON d.sort = s.sort AND d.code = s.code AND d.undone_at IS NULL
      LEFT JOIN "user" u ON u.id = d.user_id
     WHERE {VISIBLE} AND NOT {DECLARED}
"""  # noqa: S608 - our own constants
GROUPED = " GROUP BY s.sort, s.code, d.reason, u.username, d.at "
PROPOSALS = f"""
    {UNDECLARED} AND (d.at IS NOT NULL) = %(dismissed)s
       AND (s.code, s.sort) > (%(after_code)s, %(after_sort)s)
    {GROUPED} ORDER BY s.code, s.sort LIMIT %(limit)s
"""
PROPOSAL = f"{UNDECLARED} AND s.sort = %(sort)s AND s.code = %(code)s {GROUPED} LIMIT 1"
COUNT = f"""
    SELECT count(*) AS n FROM ({UNDECLARED} AND d.at IS NULL {GROUPED} LIMIT %(limit)s) each
"""  # noqa: S608 - our own constants
ACTIVITY = f"""
    WITH w AS (SELECT * FROM unnest(%(sorts)s::text[], %(codes)s::text[]) w(sort, code)),
    h AS (
      SELECT s.sort, s.code, sum(s.n) FILTER (WHERE s.hour >= %(day)s) AS day, sum(s.n) AS week
        FROM w JOIN register_seen_hour s ON s.sort = w.sort AND s.code = w.code
       WHERE s.hour >= %(week)s AND {VISIBLE}
       GROUP BY s.sort, s.code
    )
    SELECT s.sort, s.code, min(s.first_at) AS first_at, max(s.last_at) AS last_at,
           coalesce(h.day, 0)::bigint AS day, coalesce(h.week, 0)::bigint AS week
      FROM w JOIN register_seen s ON s.sort = w.sort AND s.code = w.code
      LEFT JOIN h ON h.sort = s.sort AND h.code = s.code
     WHERE {VISIBLE}
     GROUP BY s.sort, s.code, h.day, h.week ORDER BY s.code, s.sort LIMIT %(limit)s
"""  # noqa: S608 - our own constants
NAMED_BY = f"""
    SELECT s.sort, s.code, sum(s.n)::bigint AS n, max(s.last_at) AS last_at, bool_or({DECLARED}) AS declared,
           bool_or(EXISTS (SELECT 1 FROM register_dismissal d WHERE d.sort = s.sort AND d.code = s.code
                              AND d.undone_at IS NULL)) AS dismissed
      FROM register_seen s
     WHERE s.connector_id = %(connector_id)s AND {VISIBLE}
     GROUP BY s.sort, s.code ORDER BY s.code, s.sort LIMIT %(limit)s
"""  # noqa: S608 - our own constants
COUNTED_TO = 1_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A name that traffic uses and nobody declared: records that name it, by arrival, where and by whom."""

    sort: str
    code: str
    n: int
    first_at: datetime
    last_at: datetime
    facility_ids: list[int]
    connectors: list[str]
    dismissed_for: str
    dismissed_by: str
    dismissed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Activity:
    """Records that named an entry since the hour a day ago, and a week ago; when they first and last did."""

    sort: str
    code: str
    first_at: datetime
    last_at: datetime
    day: int
    week: int


@dataclass(frozen=True, slots=True)
class Named:
    """One name that a connector uses; records that name it."""

    sort: str
    code: str
    n: int
    last_at: datetime
    declared: bool
    dismissed: bool


@dataclass(frozen=True, slots=True)
class _Count:
    n: int


def proposals_in(
    *, scope: Scope, dismissed: bool = False, after: tuple[str, str] = ("", ""), limit: int = 51
) -> list[Proposal]:
    """Return what is seen and not declared, by code, those behind `after`; or what of it was dismissed."""
    params = {"dismissed": dismissed, "after_code": after[0], "after_sort": after[1], "limit": limit}
    return fetch_all(Proposal, PROPOSALS, {**_bounds(scope), **params})


def proposal_coded(*, scope: Scope, sort: str, code: str) -> Proposal | None:
    """Return one name that is seen in the scope and not declared, dismissed or not."""
    return fetch_one(Proposal, PROPOSAL, {**_bounds(scope), "sort": sort, "code": code})


def undeclared_in(*, scope: Scope) -> int:
    """Return how many names wait for a decision, at most COUNTED_TO."""
    found = fetch_one(_Count, COUNT, {**_bounds(scope), "limit": COUNTED_TO})
    return found.n if found else 0


def activity_of(
    *, scope: Scope, entries: list[tuple[str, str]], at: datetime, limit: int = 500
) -> dict[tuple[str, str], Activity]:
    """Return how often entries (sort and code) were named lately at the facilities of the scope."""
    params = {
        "sorts": [sort for sort, _ in entries],
        "codes": [code for _, code in entries],
        "day": since(at, DAY),
        "week": since(at, WEEK),
        "limit": limit,
    }
    found = fetch_all(Activity, ACTIVITY, {**_bounds(scope), **params})
    return {(each.sort, each.code): each for each in found}


def named_by(*, scope: Scope, connector_id: int, limit: int = 100) -> list[Named]:
    """Return what a connector names, as far as the scope sees it."""
    params = {"connector_id": connector_id, "limit": limit}
    return fetch_all(Named, NAMED_BY, {**_bounds(scope), **params})


def _bounds(scope: Scope) -> dict[str, object]:
    return {"everything": scope.everything, "facility_ids": list(scope.facility_ids)}
