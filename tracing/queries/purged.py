"""What is left of a transaction that was purged?"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_one
from tracing.queries.within import WITHIN, bounds

SUMMARY = f"""
    SELECT t.id, t.workflow, t.workflow_version, t.facility_id, t.phase, t.outcome, t.amount, t.paid,
           t.denied, t.first_at, t.last_at, t.closed_at, t.facts, t.purged_at, r.policy, r.audit_seq,
           p.name AS facility, p.zone
      FROM transaction_summary t
      JOIN facility p ON p.id = t.facility_id
      LEFT JOIN purge_run r ON r.id = t.run_id
     WHERE t.id = %(id)s AND {WITHIN}
     LIMIT 1
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class Left:
    """The summary of a purged transaction, and the run that purged it."""

    id: UUID
    workflow: str
    workflow_version: int
    facility_id: int
    phase: str
    outcome: str | None
    amount: Decimal | None
    paid: Decimal | None
    denied: Decimal | None
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None
    facts: int
    purged_at: datetime
    policy: str | None
    audit_seq: int | None
    facility: str
    zone: str


def left_of(*, scope: Scope, id: UUID) -> Left | None:
    """Return what is left, or None where nothing of it is in the scope."""
    return fetch_one(Left, SUMMARY, {**bounds(scope), "id": id})
