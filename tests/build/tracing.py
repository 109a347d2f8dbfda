"""Builders of transactions."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from tests.build.edge import build_facility
from tracing.models import Identifier, KeyAlias, Transaction, TransactionKey

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def build_transaction(
    facility: str = "NORTH", *, workflow: str = "claim", phase: str = "open", uid: UUID | None = None
) -> Transaction:
    """Return one transaction of a facility, begun at noon."""
    return Transaction.objects.create(
        id=uid or uuid4(),
        workflow=workflow,
        phase=phase,
        facility_id=build_facility(facility).pk,
        current_step="submitted",
        started_at=NOON,
        first_at=NOON,
        last_at=NOON,
    )


def build_merge(facility: str = "NORTH") -> tuple[UUID, UUID]:
    """Return a transaction and the event that merged another account into its own."""
    one, token, event_id = build_transaction(facility), uuid4(), uuid4()
    TransactionKey.objects.create(
        token=token, transaction_id=one.pk, workflow=one.workflow, kind="account", linking=True, direct=True
    )
    Identifier.objects.create(token=token, kind="account", issuer=f"@{facility}", last="12", sealed=b"")
    KeyAlias.objects.create(
        event_id=event_id, old=uuid4(), new=token, kind="account", facility_id=build_facility(facility).pk,
        type="key.merged.v1", occurred_at=NOON, sequence=0, received_at=NOON, connector_id=0,
    )  # fmt: skip
    return one.pk, event_id
