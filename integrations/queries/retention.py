"""Which holds may somebody see, and what has been purged?"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# A hold without a facility reaches all of them: only who sees retention everywhere sees it.
HOLDS = """
    SELECT h.id, h.name, h.reason, h.data_class, f.name AS facility, h.facility_id, c.name AS connector,
           h.transaction_ids, h.since, h.until, p.username AS placed_by, h.placed_at, a.username AS asked_by,
           h.asked_at, h.asked_reason, l.username AS lifted_by, h.lifted_at
      FROM legal_hold h
      JOIN "user" p ON p.id = h.placed_by_id
      LEFT JOIN "user" a ON a.id = h.asked_by_id
      LEFT JOIN "user" l ON l.id = h.lifted_by_id
      LEFT JOIN facility f ON f.id = h.facility_id
      LEFT JOIN connector c ON c.id = h.connector_id
     WHERE %(everywhere)s OR h.facility_id = ANY(%(facility_ids)s)
     ORDER BY h.lifted_at IS NOT NULL, h.placed_at DESC, h.id DESC
     LIMIT %(limit)s
"""
RUNS = """
    SELECT id, data_class, policy, cutoff, started_at, finished_at, counts, oldest, newest, digest, audit_seq
      FROM purge_run
     WHERE counts <> '{}'
     ORDER BY started_at DESC, id DESC
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """One legal hold."""

    id: int
    name: str
    reason: str
    data_class: str
    facility: str | None
    facility_id: int | None
    connector: str | None
    transaction_ids: list[UUID] | None
    since: datetime | None
    until: datetime | None
    placed_by: str
    placed_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    asked_reason: str
    lifted_by: str | None
    lifted_at: datetime | None


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run of the purge that took something; `counts` is JSON."""

    id: int
    data_class: str
    policy: str
    cutoff: datetime
    started_at: datetime
    finished_at: datetime | None
    counts: str
    oldest: datetime | None
    newest: datetime | None
    digest: str
    audit_seq: int | None


def holds_in(*, scope: Scope, limit: int = 200) -> list[HoldSeen]:
    """Return the holds of the scope, standing ones first, then the newest."""
    everywhere = scope.everything or Permission.SEE_RETENTION in scope.everywhere
    params = {"everywhere": everywhere, "facility_ids": list(scope.facility_ids), "limit": limit}
    return fetch_all(HoldSeen, HOLDS, params)


def runs_of(*, scope: Scope, limit: int = 30) -> list[RunSeen]:
    """Return the last runs that took something, newest first: sums of the whole installation."""
    if not scope.everything and not scope.allows(Permission.SEE_RETENTION):
        return []
    return fetch_all(RunSeen, RUNS, {"limit": limit})
