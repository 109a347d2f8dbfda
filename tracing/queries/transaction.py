"""Where does one transaction stand, and what was said about it?"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one
from tracing.queries.states import STATE
from tracing.queries.within import WITHIN, bounds, may_read

ONE = f"""
    SELECT t.id, t.workflow, t.workflow_version, t.phase, t.outcome, t.outcome_at, t.first_outcome,
           t.first_outcome_at, t.current_step, t.failed_step, t.reason, t.facility_id, t.payer, t.department,
           t.variant, t.original, t.amount, t.paid, t.denied, t.patient_responsibility, t.first_at, t.last_at,
           t.closed_at, d.step AS due_step, d.due_at, d.not_before, {STATE} AS state,
           p.code AS facility_code, p.name AS facility, p.zone
      FROM transaction t
      JOIN facility p ON p.id = t.facility_id
      LEFT JOIN deadline d ON d.transaction_id = t.id
     WHERE t.id = %(id)s AND {WITHIN}
     LIMIT 1
"""  # noqa: S608 - our own constant
STEPS = """
    SELECT step, status, at, first_at, event_id, outcome, reason, attempts, failures, interface
      FROM step WHERE transaction_id = %(id)s ORDER BY at, step LIMIT %(limit)s
"""
FACTS = """
    SELECT event_id, type, step, effect, sequence, occurred_at, received_at, interface, connector_id,
           outcome, basis, amount, quantity, reason, attributes, flags, trace_id, part_opens, part_refers,
           direct, superseded
      FROM fact WHERE transaction_id = %(id)s
     ORDER BY occurred_at, sequence, event_id
     LIMIT %(limit)s
"""
LINES = """
    SELECT event_id, line, group_code, code, category, basis, amount, quantity
      FROM fact_line WHERE transaction_id = %(id)s
     ORDER BY event_id, n
     LIMIT %(limit)s
"""
CONNECTORS = "SELECT id, name, title FROM connector WHERE id = ANY(%(ids)s) ORDER BY id LIMIT %(limit)s"


@dataclass(frozen=True, slots=True)
class One:
    """One transaction, its next promise and its facility."""

    id: UUID
    workflow: str
    workflow_version: int
    phase: str
    outcome: str | None
    outcome_at: datetime | None
    first_outcome: str | None
    first_outcome_at: datetime | None
    current_step: str | None
    failed_step: str | None
    reason: str | None
    facility_id: int
    payer: str | None
    department: str | None
    variant: str | None
    original: bool
    amount: Decimal | None
    paid: Decimal | None
    denied: Decimal | None
    patient_responsibility: Decimal | None
    first_at: datetime
    last_at: datetime
    closed_at: datetime | None
    due_step: str | None
    due_at: datetime | None
    not_before: datetime | None
    state: str
    facility_code: str
    facility: str
    zone: str


@dataclass(frozen=True, slots=True)
class StepSeen:
    """Where one step stands."""

    step: str
    status: str
    at: datetime
    first_at: datetime
    event_id: UUID
    outcome: str | None
    reason: str | None
    attempts: int
    failures: int
    interface: str | None


@dataclass(frozen=True, slots=True)
class FactSeen:
    """One business event about it."""

    event_id: UUID
    type: str
    step: str
    effect: str
    sequence: int
    occurred_at: datetime
    received_at: datetime
    interface: str | None
    connector_id: int
    outcome: str | None
    basis: str | None
    amount: Decimal | None
    quantity: Decimal | None
    reason: str | None
    attributes: Any
    flags: list[str]
    trace_id: UUID | None
    part_opens: list[UUID]
    part_refers: list[UUID]
    direct: bool
    superseded: bool


@dataclass(frozen=True, slots=True)
class LineSeen:
    """One detail of a fact."""

    event_id: UUID
    line: str
    group_code: str | None
    code: str | None
    category: str | None
    basis: str
    amount: Decimal | None
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class ConnectorName:
    """Who sent something."""

    id: int
    name: str
    title: str


def one(*, scope: Scope, id: UUID, at: datetime) -> One | None:
    """Return the transaction, or None where it is not in the scope, existing or not."""
    params = {**bounds(scope), "id": id, "at": at}
    return fetch_one(One, ONE, params)


def steps_of(*, scope: Scope, of: One, limit: int = 100) -> list[StepSeen]:
    """Return the steps of a transaction."""
    if not may_read(scope, of):
        return []
    return fetch_all(StepSeen, STEPS, {"id": of.id, "limit": limit})


def facts_of(*, scope: Scope, of: One, limit: int = 300) -> list[FactSeen]:
    """Return the facts of a transaction in the order they happened."""
    if not may_read(scope, of):
        return []
    rows = fetch_all(FactSeen, FACTS, {"id": of.id, "limit": limit})
    # Django leaves reading jsonb to its model fields; here it comes as text.
    return [replace(row, attributes=json.loads(row.attributes)) for row in rows]


def lines_of(*, scope: Scope, of: One, limit: int = 2_000) -> list[LineSeen]:
    """Return the lines of all its facts."""
    if not may_read(scope, of):
        return []
    return fetch_all(LineSeen, LINES, {"id": of.id, "limit": limit})


def connector_names(*, scope: Scope, of: One, ids: set[int], limit: int = 100) -> dict[int, ConnectorName]:
    """Return the connectors that said something about a transaction."""
    if not may_read(scope, of):
        return {}
    rows = fetch_all(ConnectorName, CONNECTORS, {"ids": sorted(ids), "limit": limit})
    return {row.id: row for row in rows}
