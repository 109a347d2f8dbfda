"""Re-mapping: rows stand as if the right mapping had been there from the start, with history and wall."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from integrations.ingest import crosswalks
from integrations.models import CodeKind, ReferenceEntity
from integrations.reference.crosswalk import Named, Target
from kpis.models.value import KpiDirty
from kpis.rollup.consume import consume_changes
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from observability.core import clock
from observability.core.db_roles import purging
from tests.build import build_facility, build_meaning, build_user, sign_in
from tests.build.claims import acked, denied, event, posted, remitted, submitted
from tests.build.retention import build_hold, purged
from tests.correlation.rows import TABLES, clear, snapshot
from tests.ingest.posting import Poster, poster
from tracing.models import Event, Identifier, Move, Remap, Transaction, TransactionSummary
from tracing.storage import keys, remap, sweep, wordings
from tracing.storage.drain import drain
from tracing.storage.remap import Change, Moving

pytestmark = pytest.mark.django_db(transaction=True)
NPI = Named(CodeKind.FACILITY, "npi", "1234567893")
IDS = [{"authority": "npi", "code": NPI.code}]
NOBODY = "-"  # stands where a claim's number is not said
DAY = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # still the first of March in Chicago


@pytest.fixture
def shared() -> Poster:
    """A clearinghouse for two facilities in two zones."""
    build_facility("SOUTH", zone="America/Los_Angeles")
    return poster("clearinghouse", facilities=("NORTH", "SOUTH"))


def told() -> list[dict[str, Any]]:
    """A claim with its answers, one by its day alone, a late answer for another, and one of no code."""
    hours = [DAY + timedelta(hours=n) for n in range(6)]
    return [
        submitted("C1", hours[0], facility_ids=IDS, payer_claim_control="ICN-C1"),
        acked("C1", hours[1], facility_ids=IDS),
        acked(NOBODY, hours[1], level="999", outcome="rejected", set="SENDER/1/C1"),
        remitted("C1", hours[2], facility_ids=IDS, payer_sequence=None, local_time=True),
        posted("C1", hours[3], facility_ids=IDS, payer_sequence=None, date_only=True),
        denied("C2", hours[4], facility_ids=IDS, payer="P-17"),
        submitted("C2", hours[0], facility_ids=IDS, payer="P-17"),
        submitted("C3", hours[0]),
        event("account.ready", {"account_no": "A-9", "outcome": "ready", "facility_ids": IDS}, hours[0]),
        event("key.merged", {"kind": "account", "old": "A-9", "new": "A-C1", "facility_ids": IDS}, hours[5]),
    ]


def post(sender: Poster) -> None:
    crosswalks.forget()
    events = told()
    for each in events:
        each["data"] = {name: value for name, value in each["data"].items() if value not in (None, NOBODY)}
    answer = sender.events(events)
    assert json.loads(answer.content)["rejected"] == []
    drain(seconds=60)
    sweep.sweep_orphans(clock.now())


def means(code: str) -> Change:
    target = Target(facility_id=build_facility(code).pk)
    return Change(NPI, target, owner="Integration team", reason="The clinic was acquired in May")


def walk() -> int:
    """Walk both times, the second after every cache has forgotten."""
    moved = remap.go_on(clock.now(), seconds=60)
    moved += remap.go_on(clock.now() + timedelta(minutes=5), seconds=60)
    sweep.sweep_orphans(clock.now())
    assert not Remap.objects.filter(finished_at=None).exists()
    return moved


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Everything that follows from events; a seal is another each time."""
    found = snapshot()
    found["identifier"] = sorted(Identifier.objects.values_list("token", "kind", "issuer", "last"))
    return found


def test_remapped_is_as_if_mapped_from_the_start(shared: Poster) -> None:
    build_meaning(NPI.code, "SOUTH")
    post(shared)
    right = rows()
    assert {row[1] for row in right["transaction"]} == {"claim", "discharge_to_billing"}
    empty()

    remap.decide(means("NORTH"), by=None, at=clock.now())
    walk()
    post(shared)
    assert rows()["transaction"] != right["transaction"]
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    assert walk() == 8

    now = rows()
    assert set(right.pop("identifier")) <= set(now.pop("identifier"))
    assert now == right
    # And back again: nothing was lost on the way.
    remap.decide(means("NORTH"), by=None, at=clock.now())
    walk()
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    assert {table: rows()[table] for table in right} == right


def empty() -> None:
    """Begin again with the same connector, which then has said nothing yet."""
    with connection.cursor() as cursor:
        for table in ("transaction_move", "remap", "inbox"):
            cursor.execute(f"DELETE FROM {table}")
    clear()
    keys.forget_issuers()
    wordings.forget()


def test_a_plan_says_what_would_move_and_moves_nothing(shared: Poster) -> None:
    post(shared)
    before = rows()

    plan = remap.plan(means("SOUTH"), at=clock.now())

    assert plan.moving == [
        Moving("NORTH", "SOUTH", "claim", 2, Decimal(1000)),
        Moving("NORTH", "SOUTH", "discharge_to_billing", 1, Decimal(500)),
    ]
    assert rows() == before
    assert not Remap.objects.exists()
    assert not AuditRow.objects.filter(act="code_mapped").exists()


def test_only_the_new_facilitys_people_see_it_and_its_page_tells_why(shared: Poster) -> None:
    post(shared)
    old = Transaction.objects.get(payer="P-17")
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()

    move = Move.objects.get(earlier_id=old.pk)
    north = sign_in(Client(), build_user("north", role=Role.SUPPORT))
    south = sign_in(Client(), build_user("south", role=Role.SUPPORT, at=("SOUTH",)))
    pages = [f"/transactions/{pk}/" for pk in (old.pk, move.transaction_id)]
    assert [north.get(page).status_code for page in pages] == [404, 404]
    assert [south.get(page).status_code for page in pages] == [302, 200]
    page = south.get(pages[1]).content.decode()
    assert "The clinic was acquired in May" in page
    found = north.post("/transactions/search/", {"q": "C2"}, follow=True).content.decode()
    assert str(move.transaction_id) not in found
    row = AuditRow.objects.get(act="rows_moved")
    assert row.changes == {"events": 8, "stay": {}}


def test_buckets_of_both_facilities_are_counted_again(shared: Poster) -> None:
    post(shared)
    consume_changes()
    KpiDirty.objects.all().delete()

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    consume_changes()

    dirty = set(KpiDirty.objects.filter(workflow="claim").values_list("facility_id", "bucket"))
    day = date(2026, 3, 1)
    assert dirty == {(build_facility("NORTH").pk, day), (build_facility("SOUTH").pk, day)}


def test_what_the_connector_may_not_send_there_stays_and_is_counted(shared: Poster) -> None:
    post(shared)
    before = rows()
    shared.connector.facilities.set([build_facility("NORTH")])

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    assert walk() == 0

    assert Remap.objects.get().refused == {"facility_not_granted": 8}
    assert {table: rows()[table] for table in TABLES} == before


def test_a_key_whose_seal_cannot_be_opened_keeps_its_event_whole(shared: Poster) -> None:
    post(shared)
    Identifier.objects.filter(kind="claim").update(key_id="lost")

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()

    assert Remap.objects.get().refused["sealed"] > 0
    assert Transaction.objects.filter(facility_id=build_facility("NORTH").pk).count() >= 3


def test_a_mapping_lets_nothing_out_of_the_hold_of_a_facility(shared: Poster) -> None:
    post(shared)
    build_hold(clock.now(), facility_id=build_facility("NORTH").pk)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM change")  # measures have seen it

    purged(clock.now() + timedelta(days=900), "transactions")

    assert Transaction.objects.filter(facility_id=build_facility("SOUTH").pk).count() == 3


def test_a_merge_that_is_too_wide_stays_and_its_neighbours_move(shared: Poster, settings: Settings) -> None:
    post(shared)
    settings.MERGE_TRANSACTIONS = 0

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    assert walk() == 7

    assert Remap.objects.get().refused == {"failed": 1}


def test_nothing_moves_into_a_transaction_that_was_purged_there(shared: Poster) -> None:
    post(shared)
    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()
    there = Transaction.objects.get(workflow="claim", payer="P-17")
    remap.decide(means("NORTH"), by=None, at=clock.now())
    walk()
    moment = clock.now()
    with purging():
        TransactionSummary.objects.create(
            id=there.pk, workflow="claim", workflow_version=1, facility_id=build_facility("SOUTH").pk,
            phase="completed", first_at=moment, last_at=moment, facts=1, purged_at=moment, run_id=1,
        )  # fmt: skip
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
        Named(CodeKind.PAYER, "NORTH", "P-17"),
        Target(payer_id=ours.pk),
        since=date(2026, 3, 1),
        reason="The clinic's own list",
    )

    assert remap.decide(change, by=None, at=clock.now())
    assert walk() == 2

    assert Transaction.objects.filter(payer="MEDICAID").count() == 1
    assert list(Move.objects.values_list("field", "was", "now")) == [("payer", "P-17", "MEDICAID")]
