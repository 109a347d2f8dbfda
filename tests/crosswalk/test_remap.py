"""Re-mapping: rows stand as if the right mapping had been there from the start, with history and wall."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from kpis.models.value import KpiDirty
from kpis.rollup.consume import consume_changes
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from observability.core import clock
from tests.build import build_facility, build_meaning, build_user, days, sign_in
from tests.build.retention import build_hold, purged
from tests.correlation.rows import TABLES, clear, snapshot
from tests.crosswalk.mapping import NPI, means, post, walk
from tests.ingest.posting import Poster
from tracing.models import Identifier, Move, Remap, Transaction
from tracing.storage import keys, remap, remap_plan, wordings
from tracing.storage.remap_plan import Moving

pytestmark = pytest.mark.django_db(transaction=True)


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
        for table in ("transaction_move", "remap"):
            cursor.execute(f"DELETE FROM {table}")
    days.empty("inbox")
    clear()
    keys.forget_issuers()
    wordings.forget()


def test_a_plan_says_what_would_move_and_moves_nothing(shared: Poster) -> None:
    post(shared)
    before = rows()

    plan = remap_plan.plan(means("SOUTH"), at=clock.now())

    assert plan.moving == [
        Moving("NORTH", "SOUTH", "claim", 6, 2, Decimal(1000)),
        Moving("NORTH", "SOUTH", "discharge_to_billing", 2, 1, Decimal(500)),
    ]
    assert rows() == before
    assert not Remap.objects.exists()
    assert not AuditRow.objects.filter(act="code_mapped").exists()


def test_who_asks_what_would_move_lets_every_act_go_on_record(shared: Poster) -> None:
    post(shared)

    with CaptureQueriesContext(connection) as asked:
        assert remap_plan.plan(means("SOUTH"), at=clock.now()).changes

    assert not [each for each in asked.captured_queries if "audit_head" in each["sql"]]


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
