"""Which codes has nobody mapped, and what depends on them?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one
from tracing.models import follow_up
from tracing.queries.within import DOMAINS, bounds

HERE = f"(%(everything)s OR (t.facility_id = ANY(%(facility_ids)s) AND {DOMAINS}))"
UNMAPPED = f"""
    SELECT c.id, c.kind, c.authority, c.code, c.owner, t.workflow, p.name AS facility, t.events,
           t.transactions, t.amount, t.first_at, t.last_at,
           ARRAY(SELECT k.name FROM connector k WHERE k.id = ANY(t.connector_ids) ORDER BY k.name)
             AS connectors
      FROM unmapped_code t
      JOIN local_code c ON c.id = t.code_id
      JOIN facility p ON p.id = t.facility_id
     WHERE {HERE} AND (%(kind)s = '' OR c.kind = %(kind)s) AND (%(id)s::bigint IS NULL OR c.id = %(id)s)
     ORDER BY t.amount DESC NULLS LAST, c.id, t.facility_id, t.workflow
     LIMIT %(limit)s
"""  # noqa: S608 - our own constant
CHANGES = """
    SELECT c.id, c.kind, c.authority, c.code, r.made_at AS at, coalesce(u.username, '') AS who, r.reason,
           r.events,
           (SELECT coalesce(sum(n::int), 0)::int FROM jsonb_each_text(r.refused) AS x(why, n)) AS staying,
           r.finished_at
      FROM remap r
      JOIN local_code c ON c.id = r.code_id
      LEFT JOIN "user" u ON u.id = r.by_id
     WHERE (%(code)s::bigint IS NULL OR c.id = %(code)s)
       AND (%(everything)s OR EXISTS (
               SELECT 1 FROM code_meaning m
                WHERE m.code_id = c.id
                  AND (m.facility_id = ANY(%(facility_ids)s)
                       OR (c.kind <> 'facility'
                           AND (c.authority NOT IN (SELECT f.code FROM facility f) OR c.authority IN (
                                   SELECT f.code FROM facility f WHERE f.id = ANY(%(facility_ids)s)))))))
     ORDER BY r.made_at DESC, r.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class UnmappedSeen:
    """One unmapped code at one facility in one workflow."""

    id: int
    kind: str
    authority: str
    code: str
    owner: str
    workflow: str
    facility: str
    events: int
    transactions: int
    amount: Decimal | None
    first_at: datetime
    last_at: datetime
    connectors: list[str]


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One change of the crosswalk and how far its rows have moved."""

    id: int  # of the code
    kind: str
    authority: str
    code: str
    at: datetime
    who: str
    reason: str
    events: int
    staying: int
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Counted:
    at: datetime | None


def unmapped(*, scope: Scope, kind: str = "", id: int | None = None, limit: int = 500) -> list[UnmappedSeen]:
    """Return unmapped codes of the scope, the most money first."""
    return fetch_all(UnmappedSeen, UNMAPPED, {**bounds(scope), "kind": kind, "id": id, "limit": limit})


def changes(*, scope: Scope, code_id: int | None = None, limit: int = 10) -> list[ChangeSeen]:
    """Return the latest changes about facilities of the scope, of one code or of all."""
    return fetch_all(ChangeSeen, CHANGES, {**bounds(scope), "code": code_id, "limit": limit})


def counted_at(*, scope: Scope) -> datetime | None:
    """Return when unmapped codes were last counted, everywhere at once; None before the first time."""
    asked = {**bounds(scope), "name": follow_up.UNMAPPED}
    found = fetch_one(_Counted, "SELECT mark AS at FROM follow_up WHERE name = %(name)s", asked)
    return found.at if found else None
