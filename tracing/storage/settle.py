"""Step seven of a pass: read the facts of the locked transactions back, fold them, write what differs."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from observability.core.copying import Ids, Staging, jsonb, moment, unmoment
from tracing import declarations
from tracing.rules.facts import FactRow
from tracing.rules.fold import Folded, fold
from tracing.storage import stages
from tracing.storage.calendars import Calendars

READ_FACTS = """
    SELECT uuid_send(f.transaction_id), uuid_send(f.event_id), f.type, f.step, f.effect, f.sequence,
           timestamptz_send(f.occurred_at), f.facility_id, f.department, f.payer, f.interface, f.outcome,
           f.basis, f.amount, f.reason, f.attributes::text, f.part_opens, f.part_refers, f.direct,
           f.superseded
      FROM unnest(%(ids)b) s(id) JOIN fact f ON f.transaction_id = s.id
"""
READ_BEFORE = """
    SELECT uuid_send(t.id), t.facility_id, timestamptz_send(t.started_at), t.phase, t.outcome
      FROM unnest(%(ids)b) s(id) JOIN transaction t ON t.id = s.id
"""


def _listed(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


def _set(columns: Iterable[str], source: str) -> str:
    return ", ".join(f"{column} = {source}.{column}" for column in columns)


_COLUMNS = [column for column in stages.TRANSACTION.columns if column != "id"]
UPDATE_TRANSACTIONS = f"""
    UPDATE transaction t SET {_set(_COLUMNS, "s")}
      FROM stage_transaction s
     WHERE t.id = s.id
       AND ({_listed("t", _COLUMNS)}) IS DISTINCT FROM ({_listed("s", _COLUMNS)})
"""
_STEP = [column for column in stages.STEP.columns if column not in ("transaction_id", "step")]
UPSERT_STEPS = f"""
    INSERT INTO step ({", ".join(stages.STEP.columns)})
    SELECT * FROM stage_step ORDER BY transaction_id, step
    ON CONFLICT (transaction_id, step) DO UPDATE SET {_set(_STEP, "excluded")}
     WHERE ({_listed("step", _STEP)}) IS DISTINCT FROM ({_listed("excluded", _STEP)})
"""
DELETE_STEPS = """
    DELETE FROM step USING unnest(%(ids)b) s(id)
     WHERE step.transaction_id = s.id
       AND NOT EXISTS (SELECT 1 FROM stage_step n WHERE n.transaction_id = s.id AND n.step = step.step)
"""
UPSERT_DEADLINES = """
    INSERT INTO deadline (transaction_id, workflow, facility_id, step, due_at)
    SELECT transaction_id, workflow, facility_id, step, due_at FROM stage_deadline ORDER BY transaction_id
    ON CONFLICT (transaction_id) DO UPDATE
       SET facility_id = excluded.facility_id, step = excluded.step, due_at = excluded.due_at,
           late_since = NULL
     WHERE (deadline.facility_id, deadline.step, deadline.due_at)
           IS DISTINCT FROM (excluded.facility_id, excluded.step, excluded.due_at)
"""
DELETE_DEADLINES = """
    DELETE FROM deadline d USING unnest(%(ids)b) s(id)
     WHERE d.transaction_id = s.id
       AND NOT EXISTS (SELECT 1 FROM stage_deadline n WHERE n.transaction_id = s.id)
"""
UPDATE_SUPERSEDED = """
    UPDATE fact f SET superseded = s.superseded FROM stage_superseded s
     WHERE f.transaction_id = s.transaction_id AND f.event_id = s.event_id
"""
DELETE_EMPTY = "DELETE FROM transaction t USING unnest(%(ids)b) s(id) WHERE t.id = s.id"
INSERT_CHANGES = """
    INSERT INTO change (transaction_id, workflow, at, old, new)
    SELECT transaction_id, workflow, at, old, new FROM stage_change ORDER BY transaction_id
"""

Before = dict[bytes, tuple[Any, ...]]
Facts = dict[bytes, list[FactRow]]
Pairs = set[tuple[bytes, bytes]]  # transaction id, event id


class Settled(msgspec.Struct):
    """The outcome of a fold for one transaction; None where no fact is left of it."""

    workflow: str
    folded: Folded | None


def read_facts(cursor: Staging, transaction_ids: Iterable[bytes]) -> tuple[Facts, Pairs]:
    """Return every fact of these transactions, and which of them stand as superseded."""
    facts: Facts = {each: [] for each in transaction_ids}
    superseded: Pairs = set()
    decode = msgspec.json.decode
    for row in cursor.execute(READ_FACTS, {"ids": Ids(facts)}):
        fact = FactRow(
            *row[:6], unmoment(row[6]), *row[7:15],  # type: ignore[call-arg]  # counted by hand above
            decode(row[15]) if row[15] != "{}" else {},
            tuple(each.bytes for each in row[16]), tuple(each.bytes for each in row[17]), row[18],
        )  # fmt: skip
        facts[fact.transaction_id].append(fact)
        if row[19]:
            superseded.add((fact.transaction_id, fact.event_id))
    return facts, superseded


def fold_all(facts: Facts, workflows: Mapping[bytes, str], calendars: Calendars) -> dict[bytes, Settled]:
    """Fold each transaction by the version of its workflow that was valid when it began."""
    settled = {}
    for transaction_id, known in facts.items():
        name = workflows[transaction_id]
        if not known:
            settled[transaction_id] = Settled(name, None)
            continue
        began = min(fact.occurred_at for fact in known)
        workflow = declarations.valid_at(name, datetime.fromtimestamp(began // 1_000_000, tz=UTC).date())
        settled[transaction_id] = Settled(name, fold(workflow, known, calendars.of(_home(known))))
    return settled


def _home(known: list[FactRow]) -> int:
    """Return whose calendar counts; the choice must not depend on the order in which facts were read."""
    return min(known, key=lambda fact: (not fact.direct, fact.event_id)).facility_id


def write(
    cursor: Staging,
    settled: Mapping[bytes, Settled],
    *,
    existing: set[bytes],
    superseded: Pairs,
    at: int,
) -> None:
    """Write phases, steps, deadlines and changes; what an existing transaction no longer has is deleted."""
    old = {"ids": Ids(existing)}
    before: Before = {row[0]: row[1:] for row in cursor.execute(READ_BEFORE, old)} if existing else {}
    whole = {each: s.folded for each, s in settled.items() if s.folded is not None}
    stages.TRANSACTION.load(cursor, (_transaction_row(each, folded) for each, folded in whole.items()))
    cursor.execute(UPDATE_TRANSACTIONS)
    _write_steps(cursor, whole, existing)
    _write_deadlines(cursor, settled, existing)
    _write_superseded(cursor, whole, superseded)
    stages.CHANGE.load(
        cursor,
        (
            (each, s.workflow, moment(at), _old(before.get(each)), _new(s.folded))
            for each, s in settled.items()
        ),
    )
    cursor.execute(INSERT_CHANGES)
    empty = [each for each, s in settled.items() if s.folded is None]
    if empty:
        cursor.execute(DELETE_EMPTY, {"ids": Ids(empty)})


def _write_steps(cursor: Staging, whole: Mapping[bytes, Folded], existing: set[bytes]) -> None:
    stages.STEP.load(
        cursor,
        (
            (
                each, step.step, step.status, moment(step.at), moment(step.first_at), step.event_id,
                step.outcome, step.reason, step.attempts, step.failures, step.interface,
            )
            for each, folded in whole.items()
            for step in folded.steps
        ),
    )  # fmt: skip
    cursor.execute(UPSERT_STEPS)
    if existing:
        cursor.execute(DELETE_STEPS, {"ids": Ids(existing)})


def _write_deadlines(cursor: Staging, settled: Mapping[bytes, Settled], existing: set[bytes]) -> None:
    stages.DEADLINE.load(
        cursor,
        (
            (each, s.workflow, s.folded.facility_id, s.folded.deadline.step, moment(s.folded.deadline.due_at))
            for each, s in settled.items()
            if s.folded is not None and s.folded.deadline is not None
        ),
    )
    cursor.execute(UPSERT_DEADLINES)
    if existing:
        cursor.execute(DELETE_DEADLINES, {"ids": Ids(existing)})


def _write_superseded(cursor: Staging, whole: Mapping[bytes, Folded], was: set[tuple[bytes, bytes]]) -> None:
    now = {(each, event_id) for each, folded in whole.items() for event_id in folded.superseded}
    differing = now ^ {pair for pair in was if pair[0] in whole}
    if differing:
        stages.SUPERSEDED.load(cursor, ((t, e, (t, e) in now) for t, e in sorted(differing)))
        cursor.execute(UPDATE_SUPERSEDED)


def _transaction_row(transaction_id: bytes, f: Folded) -> tuple[Any, ...]:
    return (
        transaction_id, f.version, f.phase, f.outcome, moment(f.outcome_at), f.first_outcome,
        moment(f.first_outcome_at), f.first_outcome_event, f.current_step, f.failed_step, f.reason,
        f.facility_id,
        f.payer, f.department, f.variant, f.original, f.amount, f.paid, f.denied, f.patient_responsibility,
        moment(f.started_at), moment(f.first_at), moment(f.last_at), moment(f.closed_at), f.facts,
    )  # fmt: skip


def _iso(us: int | None) -> str | None:
    return None if us is None else datetime.fromtimestamp(us / 1_000_000, tz=UTC).isoformat()


def _old(row: tuple[Any, ...] | None) -> bytes | None:
    if row is None or row[0] is None:
        return None
    facility_id, started_at, phase, outcome = row
    began = _iso(unmoment(started_at)) if started_at is not None else None
    return jsonb({"facility_id": facility_id, "started_at": began, "phase": phase, "outcome": outcome})


def _new(f: Folded | None) -> bytes | None:
    if f is None:
        return None
    return jsonb(
        {
            "facility_id": f.facility_id,
            "started_at": _iso(f.started_at),
            "phase": f.phase,
            "outcome": f.outcome,
        }
    )
