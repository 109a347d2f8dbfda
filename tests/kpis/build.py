"""Builders of claims as the drain leaves them: a test names only what it is about."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from tests.build import build_facility
from tracing.models import Change, Deadline, Fact, FactLine, Transaction

MIDDAY = datetime(2026, 3, 10, 17, tzinfo=UTC)  # noon in Chicago
DUE = datetime(2026, 4, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Ack:
    """One answer on receipt."""

    outcome: str
    level: str = "277CA"
    entity: str = "payer"
    at: datetime = MIDDAY
    sequence: int = 300
    superseded: bool = False


def build_claim(
    facility: str = "NORTH",
    *,
    started: datetime | None = MIDDAY,
    first: str | None = None,
    amount: str | None = "1000",
    denied: Mapping[str, str] | None = None,
    acks: Sequence[Ack] = (),
    payer: str | None = "AETNA",
    variant: str | None = "P",
    original: bool = True,
    phase: str = "open",
    outcome: str | None = None,
    due: datetime | None = None,
    workflow: str = "claim",
) -> Transaction:
    """Store one claim: first adjudicated as `first` with `denied` amounts by category, answered by `acks`."""
    remit = uuid.uuid4() if first else None
    claim = Transaction.objects.create(
        id=uuid.uuid4(),
        workflow=workflow,
        phase=phase,
        outcome=outcome or first,
        first_outcome=first,
        first_outcome_event=remit,
        first_outcome_at=DUE if first else None,
        facility_id=build_facility(facility).pk,
        payer=payer,
        variant=variant,
        original=original,
        amount=None if amount is None else Decimal(amount),
        started_at=started,
        first_at=started or MIDDAY,
        last_at=started or MIDDAY,
    )
    for n, (category, value) in enumerate((denied or {}).items()):
        build_line(claim, event_id=remit or uuid.uuid4(), n=n, category=category, amount=value)
    for ack in acks:
        build_ack(claim, ack)
    if phase == "failed" and due is None:
        due = started or MIDDAY  # as the fold leaves it: what failed is due for action at once
    if due is not None:
        Deadline.objects.create(
            transaction_id=claim.id,
            workflow=workflow,
            facility_id=claim.facility_id or 0,
            step="adjudicated",
            due_at=due,
        )
    return claim


def build_line(
    claim: Transaction, *, event_id: uuid.UUID, n: int, category: str, amount: str, basis: str = "adjustment"
) -> None:
    """Store one line of a remittance."""
    FactLine.objects.create(
        transaction_id=claim.id,
        event_id=event_id,
        n=n,
        line="",
        category=category,
        basis=basis,
        amount=Decimal(amount),
    )


def build_ack(claim: Transaction, ack: Ack) -> None:
    """Store one acknowledgement of a claim."""
    _build_fact(
        claim,
        type="claim.acked.v1",
        step="acknowledged",
        effect="feeds",
        sequence=ack.sequence,
        occurred_at=ack.at,
        outcome=ack.outcome,
        attributes={"level": ack.level, "status_entity": ack.entity},
        superseded=ack.superseded,
    )


def build_first_billed(claim: Transaction, amount: str) -> None:
    """Store the submission that a later one of the claim superseded."""
    _build_fact(
        claim,
        type="claim.submitted.v1",
        step="submitted",
        effect="completes",
        occurred_at=claim.first_at or MIDDAY,
        basis="gross",
        amount=Decimal(amount),
        attributes={},
        superseded=True,
    )


def _build_fact(claim: Transaction, *, occurred_at: datetime, **said: object) -> None:
    Fact.objects.create(
        transaction_id=claim.id,
        event_id=uuid.uuid4(),
        workflow=claim.workflow,
        occurred_at=occurred_at,
        received_at=occurred_at,
        facility_id=claim.facility_id or 0,
        connector_id=1,
        flags=[],
        part_opens=[],
        part_refers=[],
        direct=True,
        **{"sequence": 100} | said,
    )


def look(claim: Transaction) -> dict[str, object]:
    """What a change says of a transaction."""
    started = claim.started_at.isoformat() if claim.started_at else None
    return {"facility_id": claim.facility_id, "started_at": started}


def build_change(claim: Transaction, *, old: dict[str, object] | None = None, at: datetime = MIDDAY) -> None:
    """Append a change, as the drain does."""
    Change.objects.create(transaction_id=claim.id, workflow=claim.workflow, at=at, old=old, new=look(claim))
