"""Re-mapping of what waits, of what is a payer's, and of what was purged where it would go."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from integrations.catalogue.code_kinds import PAYER
from integrations.models import ReferenceEntity
from integrations.reference.crosswalk import Named, Target
from observability.core import clock
from observability.core.db_roles import purging
from tests.build import build_facility
from tests.build.claims import acked, remitted, submitted
from tests.build.retention import build_hold, purged
from tests.crosswalk.mapping import DAY, IDS, NOBODY, means, post, walk
from tests.ingest.posting import Poster
from tracing.models import (
    Event,
    Fact,
    Identifier,
    KeyAlias,
    Move,
    Orphan,
    Remap,
    Transaction,
    TransactionSummary,
)
from tracing.storage import remap, sweep
from tracing.storage.drain import drain
from tracing.storage.remap_plan import Change

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_moves_into_a_transaction_that_was_purged_there(shared: Poster) -> None:
    post(shared)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    there = Transaction.objects.get(workflow="claim", payer="P-17")
    remap.decide(means("NORTH"), by=None, at=clock.now())
    walk()
    purge_of(there.pk)
    kept = Event.objects.count()

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()

    assert Remap.objects.latest("pk").refused == {"after_retention": 2}
    assert Event.objects.count() == kept
    assert Transaction.objects.get(payer="P-17").facility_id == build_facility("NORTH").pk


def purge_of(id: UUID) -> None:
    """Leave of a transaction of the south what a purge does."""
    moment = clock.now()
    with purging():
        TransactionSummary.objects.create(
            id=id, workflow="claim", workflow_version=1, facility_id=build_facility("SOUTH").pk,
            phase="completed", first_at=moment, last_at=moment, facts=1, purged_at=moment, run_id=1,
        )  # fmt: skip


def test_nothing_moves_into_what_was_purged_under_the_number_it_had_by_then(shared: Poster) -> None:
    post(shared)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    there = Transaction.objects.get(workflow="claim", payer="P-17")
    remap.decide(means("NORTH"), by=None, at=clock.now())
    walk()
    merged, moment, south = uuid4(), clock.now(), build_facility("SOUTH").pk
    KeyAlias.objects.create(
        event_id=uuid4(), old=there.pk, new=merged, kind="claim", workflow="claim", type="key.merged.v1",
        facility_id=south, occurred_at=moment, sequence=0, received_at=moment, connector_id=1,
    )  # fmt: skip
    purge_of(merged)
    kept = Event.objects.count()

    remap.decide(means("SOUTH"), by=None, at=moment)
    walk()

    assert Remap.objects.latest("pk").refused == {"after_retention": 2}
    assert Event.objects.count() == kept
    assert Transaction.objects.get(payer="P-17").facility_id == build_facility("NORTH").pk


def test_a_payers_code_becomes_ours_from_its_day_on(shared: Poster) -> None:
    post(shared)
    ours = ReferenceEntity.objects.create(kind="payer", code="MEDICAID")
    change = Change(
        Named(PAYER, "NORTH", "P-17"),
        Target(entity_id=ours.pk),
        since=date(2026, 3, 1),
        reason="The clinic's own list",
    )

    assert remap.decide(change, by=None, at=clock.now())
    assert walk() == 2

    assert Transaction.objects.filter(payer="MEDICAID").count() == 1
    assert list(Move.objects.values_list("field", "was", "now")) == [("payer", "P-17", "MEDICAID")]


def test_a_payers_code_becomes_ours_in_what_waits_too_of_which_nobody_is_told_twice(shared: Poster) -> None:
    twice = [
        submitted("C7", DAY, sequence=n, payer_sequence=turn, payer=f"Q-{turn}")
        for n, turn in enumerate(("P", "S"))
    ]
    said = remitted("C7", DAY, payer="P-17")
    del said["data"]["payer_sequence"]  # of which of the two claims?
    shared.events([*twice, said])
    drain(seconds=60)
    assert not Fact.objects.filter(payer="P-17").exists()
    much_later = clock.now() + timedelta(days=100)
    assert sweep.report_stranded(much_later) == 1
    ours = ReferenceEntity.objects.create(kind="payer", code="MEDICAID")
    named = Named(PAYER, "NORTH", "P-17")
    change = Change(named, Target(entity_id=ours.pk), reason="The clinic's own list")

    assert remap.decide(change, by=None, at=clock.now())
    assert walk() == 1
    assert sweep.report_stranded(much_later) == 0
    shared.events([submitted("C7", DAY, sequence=2, payer_sequence="T", payer="P-17")])
    drain(seconds=60)

    assert Fact.objects.get(type="remit.received.v1").payer == "MEDICAID"


def test_what_waits_and_was_moved_out_of_a_hold_is_kept_by_it_still(shared: Poster) -> None:
    lost = acked(NOBODY, DAY, level="999", outcome="rejected", set="SENDER/1/C404", facility_ids=IDS)
    lost["data"] = {name: value for name, value in lost["data"].items() if value not in (None, NOBODY)}
    shared.events([lost])
    drain(seconds=60)
    assert Orphan.objects.get().bound == []
    build_hold(clock.now(), facility_id=build_facility("NORTH").pk)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    assert Orphan.objects.get().facility_id == build_facility("SOUTH").pk

    purged(clock.now() + timedelta(days=900), "transactions")

    assert Event.objects.count() == 1


def test_no_seal_goes_while_a_mapping_still_numbers_rows_anew(shared: Poster) -> None:
    post(shared)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    assert remap.go_on(clock.now(), seconds=60) == 8
    sealed = Identifier.objects.count()

    purged(clock.now(), "transactions")
    assert Identifier.objects.count() == sealed

    walk()
    purged(clock.now(), "transactions")
    assert Identifier.objects.count() < sealed
