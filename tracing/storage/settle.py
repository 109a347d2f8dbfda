"""Steps three and seven of a pass: lock the transactions touched; read their facts back, fold them, write
what differs."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
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
    SELECT uuid_send(t.id), t.facility_id, timestamptz_send(t.started_at), t.phase, t.outcome,
           ARRAY(SELECT k.step FROM step k WHERE k.transaction_id = t.id)
      FROM unnest(%(ids)b) s(id) JOIN transaction t ON t.id = s.id
"""


def _listed(table: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


def _set(columns: Iterable[str], source: str) -> str:
    return ", ".join(f"{column} = {source}.{column}" for column in columns)


_COLUMNS = [column for column in stages.TRANSACTION.columns if column not in ("id", "workflow")]
_ROW = ", ".join(["id", "workflow", *_COLUMNS])
# Creates and locks: until this transaction ends nobody else reads or writes what follows from these rows.
# Without the update the drain of another worker would fold half of the facts and overwrite the other half.
# Its condition never holds: a row that is there is locked, not written, and only new ones are returned.
LOCK_TRANSACTIONS = f"""
    INSERT INTO transaction ({_ROW})
    SELECT {_ROW} FROM stage_transaction ORDER BY id
    ON CONFLICT (id) DO UPDATE SET workflow = transaction.workflow WHERE false
    RETURNING uuid_send(id)
"""
UPDATE_TRANSACTIONS = f"""
    UPDATE transaction t SET {_set(_COLUMNS, "s")}
      FROM stage_transaction s
     WHERE t.id = s.id
       AND ({_listed("t", _COLUMNS)}) IS DISTINCT FROM ({_listed("s", _COLUMNS)})
"""
_STEP = [column for column in stages.STEP.columns if column not in ("transaction_id", "step", "fresh")]
_OF_STEP = ["transaction_id", "step", *_STEP]
# A step that stands as it is is not offered: a conflict would lock its row, and a lock is a write.
UPSERT_STEPS = f"""
    INSERT INTO step ({", ".join(_OF_STEP)})
    SELECT {_listed("s", _OF_STEP)}
      FROM stage_step s
     WHERE s.fresh
        OR NOT EXISTS (
               SELECT 1 FROM step k
                WHERE k.transaction_id = s.transaction_id AND k.step = s.step
                  AND ({_listed("k", _STEP)}) IS NOT DISTINCT FROM ({_listed("s", _STEP)}))
     ORDER BY s.transaction_id, s.step
    ON CONFLICT (transaction_id, step) DO UPDATE SET {_set(_STEP, "excluded")}
"""
DELETE_STEPS = """
    DELETE FROM step USING unnest(%(ids)b, %(steps)s::text[]) s(id, step)
     WHERE step.transaction_id = s.id AND step.step = s.step
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
DELETE_DEADLINES = "DELETE FROM deadline d USING unnest(%(ids)b) s(id) WHERE d.transaction_id = s.id"
UPDATE_SUPERSEDED = """
    UPDATE fact f SET superseded = s.superseded FROM stage_superseded s
     WHERE f.transaction_id = s.transaction_id AND f.event_id = s.event_id
"""
DELETE_EMPTY = "DELETE FROM transaction t USING unnest(%(ids)b) s(id) WHERE t.id = s.id"

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


# What is known of a transaction before its facts are: that it is there.
_UNKNOWN = (
    1, "open", None, None, None, None, None, None, None, None, None, None, None, None, True, None, None, None,
    None, None, None, None, None, 0,
)  # fmt: skip


def lock(cursor: Staging, wanted: Mapping[bytes, str], drafts: Mapping[bytes, Settled]) -> dict[bytes, bool]:
    """Create and lock these transactions (id -> workflow); return which are new.

    A new one is written as its draft says, if it has one, and is a mere name otherwise. Of one that is there
    already a draft says nothing.
    """
    stages.TRANSACTION.load(
        cursor,
        (
            _transaction_row(each, workflow, draft.folded)
            if (draft := drafts.get(each)) is not None and draft.folded is not None
            else (each, workflow, *_UNKNOWN)
            for each, workflow in wanted.items()
        ),
    )
    made = {row[0] for row in cursor.execute(LOCK_TRANSACTIONS)}
    return {each: each in made for each in wanted}


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
    written: AbstractSet[bytes],
    superseded: Pairs,
    at: int,
) -> None:
    """Write phases, steps, deadlines and changes; what an existing transaction no longer has is deleted.

    `written`: new transactions whose row stands as it is to be.
    """
    old = {"ids": Ids(existing)}
    before: Before = {row[0]: row[1:] for row in cursor.execute(READ_BEFORE, old)} if existing else {}
    whole = {each: s.folded for each, s in settled.items() if s.folded is not None}
    if whole.keys() - written:
        stages.TRANSACTION.load(
            cursor,
            (
                _transaction_row(each, settled[each].workflow, folded)
                for each, folded in whole.items()
                if each not in written
            ),
        )
        cursor.execute(UPDATE_TRANSACTIONS)
    _write_steps(cursor, whole, existing)
    _delete_steps(cursor, whole, before)
    _write_deadlines(cursor, settled, existing)
    _write_superseded(cursor, whole, superseded)
    stages.CHANGE.load(
        cursor,
        (
            (each, s.workflow, moment(at), _old(before.get(each)), _new(s.folded))
            for each, s in settled.items()
        ),
    )
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
                each not in existing,
            )
            for each, folded in whole.items()
            for step in folded.steps
        ),
    )  # fmt: skip
    cursor.execute(UPSERT_STEPS)


def _delete_steps(cursor: Staging, whole: Mapping[bytes, Folded], before: Before) -> None:
    """Delete the steps that stood before and no longer do, as when a new submission begins anew."""
    stale = []
    for each, (*_, stood) in before.items():
        folded = whole.get(each)
        stands = {state.step for state in folded.steps} if folded is not None else frozenset[str]()
        stale += [(each, step) for step in stood if step not in stands]
    if stale:
        ids, steps = zip(*stale, strict=True)
        cursor.execute(DELETE_STEPS, {"ids": Ids(ids), "steps": list(steps)})


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
    without = [
        each for each in existing if (folded := settled[each].folded) is None or folded.deadline is None
    ]
    if without:
        cursor.execute(DELETE_DEADLINES, {"ids": Ids(without)})


def _write_superseded(cursor: Staging, whole: Mapping[bytes, Folded], was: set[tuple[bytes, bytes]]) -> None:
    now = {(each, event_id) for each, folded in whole.items() for event_id in folded.superseded}
    differing = now ^ {pair for pair in was if pair[0] in whole}
    if differing:
        stages.SUPERSEDED.load(cursor, ((t, e, (t, e) in now) for t, e in sorted(differing)))
        cursor.execute(UPDATE_SUPERSEDED)


def _transaction_row(transaction_id: bytes, workflow: str, f: Folded) -> tuple[Any, ...]:
    return (
        transaction_id, workflow, f.version, f.phase, f.outcome, moment(f.outcome_at), f.first_outcome,
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
    facility_id, started_at, phase, outcome, _ = row
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
