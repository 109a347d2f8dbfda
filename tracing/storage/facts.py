"""Step four of a pass: write and take away the facts of locked transactions."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import msgspec

from integrations.ingest.records import Binding, Event
from observability.core.copying import Staging, jsonb, moment, texts, uuids
from tracing.rules.denials import Table
from tracing.rules.derive import Meaning, meaning
from tracing.rules.facts import FactRow
from tracing.storage import stages
from tracing.storage.heard import Received
from tracing.storage.resolve import Pair
from tracing.storage.wordings import wording_of

DELETE_FACTS = """
    DELETE FROM fact f USING stage_unfact s
     WHERE f.transaction_id = s.transaction_id AND f.event_id = s.event_id
"""
DELETE_LINES = """
    DELETE FROM fact_line f USING stage_unfact s
     WHERE f.transaction_id = s.transaction_id AND f.event_id = s.event_id
"""
_FACT_COLUMNS = ", ".join(stages.FACT.columns)
INSERT_FACTS = f"""
    INSERT INTO fact ({_FACT_COLUMNS})
    SELECT {_FACT_COLUMNS} FROM stage_fact ORDER BY transaction_id, event_id
    ON CONFLICT (transaction_id, event_id) DO NOTHING
"""
_LINE_COLUMNS = ", ".join(stages.LINE.columns)
INSERT_LINES = f"""
    INSERT INTO fact_line ({_LINE_COLUMNS})
    SELECT {_LINE_COLUMNS} FROM stage_line ORDER BY transaction_id, event_id, n
    ON CONFLICT (transaction_id, event_id, n) DO NOTHING
"""


class Stated(msgspec.Struct):
    """One event about one transaction, ready to be written."""

    transaction_id: bytes
    workflow: str
    event: Event
    binding: Binding
    meaning: Meaning
    connector_id: int
    received_at: int

    @property
    def effect(self) -> str:
        """What it does to its step: as derived, else as the contract says."""
        return self.meaning.effect or self.binding.effect

    @property
    def direct(self) -> bool:
        """Say whether the event itself names this transaction."""
        return self.binding.direct is not None


def binding_in(event: Event, workflow: str) -> Binding:
    """Return how the event meets its transactions in one workflow that it has a binding in."""
    return next(b for b in event.bindings if b.workflow == workflow)


def state(event: Event, binding: Binding, transaction_id: bytes, row: Received, table: Table) -> Stated:
    """Return the fact that `event`, which came in `row`, is about one transaction."""
    means = meaning(event, table)
    return Stated(transaction_id, binding.workflow, event, binding, means, row.connector_id, row.received_at)


def remove(cursor: Staging, pairs: Iterable[Pair]) -> None:
    """Take facts away that no longer belong to their transaction."""
    stages.UNFACT.load(cursor, sorted(set(pairs)))
    cursor.execute(DELETE_FACTS)
    cursor.execute(DELETE_LINES)


def write(cursor: Staging, stated: list[Stated]) -> None:
    """Write facts and their lines."""
    stages.FACT.load(cursor, map(_fact_row, stated))
    cursor.execute(INSERT_FACTS)
    lines = [row for each in stated if each.event.lines for row in _line_rows(each)]
    if lines:
        stages.LINE.load(cursor, lines)
        cursor.execute(INSERT_LINES)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _fact_row(stated: Stated) -> tuple[Any, ...]:
    event, means = stated.event, stated.meaning
    return (
        stated.transaction_id,
        event.event_id,
        stated.workflow,
        event.type,
        stated.binding.step,
        stated.effect,
        event.sequence,
        moment(event.occurred_at),
        moment(event.observed_at),
        moment(stated.received_at),
        event.facility_id,
        event.department,
        event.payer,
        event.interface,
        stated.connector_id,
        means.outcome,
        event.basis,
        _decimal(event.amount),
        _decimal(event.quantity),
        event.reason,
        jsonb(means.attributes),
        texts(means.flags),
        event.trace_id,
        uuids(event.part_opens),
        uuids(event.part_refers),
        stated.direct,
        False,
        wording_of(event),
    )


def _line_rows(stated: Stated) -> list[tuple[Any, ...]]:
    event = stated.event
    return [
        (
            stated.transaction_id, event.event_id, n, line.line, line.group, line.code, category, line.basis,
            _decimal(line.amount), _decimal(line.quantity),
        )
        for n, (line, category) in enumerate(zip(event.lines, stated.meaning.categories, strict=True))
    ]  # fmt: skip


def as_row(stated: Stated) -> FactRow:
    """Return the fact as the fold reads it, without asking the database for what was just written."""
    event, means = stated.event, stated.meaning
    return FactRow(
        transaction_id=stated.transaction_id,
        event_id=event.event_id,
        type=event.type,
        step=stated.binding.step,
        effect=stated.effect,
        sequence=event.sequence,
        occurred_at=event.occurred_at,
        facility_id=event.facility_id,
        department=event.department,
        payer=event.payer,
        interface=event.interface,
        outcome=means.outcome,
        basis=event.basis,
        amount=_decimal(event.amount),
        reason=event.reason,
        attributes=means.attributes,
        part_opens=event.part_opens,
        part_refers=event.part_refers,
        direct=stated.direct,
    )
