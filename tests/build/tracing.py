"""Builders of transactions."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from tests.build.edge import build_facility
from tracing.models import Transaction

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
