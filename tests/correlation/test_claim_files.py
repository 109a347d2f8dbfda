"""Real claim files, from the wire to where each claim stands: adapter, endpoint, inbox, drain."""

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from integrations.models import Inbox
from observability.core import clock
from tests.adapters.files import CHAIN, needs_chain, read_path
from tests.correlation.rows import snapshot
from tests.ingest.posting import Poster, poster
from tracing.models import Orphan, Step, Transaction
from tracing.storage.drain import drain
from tracing.storage.sweep import sweep_orphans

pytestmark = pytest.mark.django_db(transaction=True)


def post(sender: Poster, *files: Path) -> None:
    """Post what the files hold, as the connector does, and fold it."""
    for file in files:
        answer = sender.events([event.cloudevent() for event in read_path(file).events])
        assert answer.status_code == 200, answer.content
    drain(seconds=60)
    sweep_orphans(clock.now())


def claims() -> dict[str, tuple[str, str | None, Decimal | None, Decimal | None]]:
    """Return phase, first outcome, paid and denied of each claim by its gross charge."""
    return {
        str(txn.amount): (txn.phase, txn.first_outcome, txn.paid, txn.denied)
        for txn in Transaction.objects.filter(workflow="claim")
    }


@needs_chain
@pytest.mark.parametrize("order", [1, -1], ids=["as sent", "backwards"])
def test_the_claim_chain_comes_to_its_four_claims_in_either_order(order: int) -> None:
    post(poster(), *sorted(CHAIN.glob("*.x12"))[::order])

    assert claims() == {
        "300.0000": ("open", "paid", Decimal(170), Decimal(0)),
        "450.5000": ("open", "partly_denied", Decimal(120), Decimal(200)),
        "1200.0000": ("open", "paid", Decimal(700), Decimal(0)),
        "42000.0000": ("open", "paid", Decimal(17_000), Decimal(0)),
    }
    assert not Orphan.objects.filter(workflow="claim", bound=[]).exists()
    # Each was adjudicated, so each was accepted, whatever a file said; payment is what is awaited.
    assert set(Step.objects.filter(step="acknowledged").values_list("status", flat=True)) <= {
        "completed",
        "implied",
    }
    claim = Transaction.objects.filter(workflow="claim")
    assert set(claim.values_list("current_step", flat=True)) == {"adjudicated"}


@needs_chain
def test_the_same_files_again_change_nothing() -> None:
    sender = poster()
    post(sender, *CHAIN.glob("*.x12"))
    once = snapshot()

    post(sender, *CHAIN.glob("*.x12"))

    assert snapshot() == once
    assert sum(row.duplicates or 0 for row in Inbox.objects.all()) == 14  # two payments too


@needs_chain
def test_the_same_claims_from_two_facilities_are_two_each() -> None:
    north = poster("north-claims", facilities=("NORTH",))
    south = poster("south-claims", facilities=("SOUTH",))
    post(north, *CHAIN.glob("*.x12"))
    post(south, *CHAIN.glob("*.x12"))

    found = Transaction.objects.filter(workflow="claim")
    assert found.count() == 8
    by_facility: dict[int, set[UUID]] = {}
    for txn in found:
        by_facility.setdefault(txn.facility_id or 0, set()).add(txn.id)
    assert [len(ids) for ids in by_facility.values()] == [4, 4]
