"""The worklist of unmapped codes: counted by code and money, held to a scope, and mapped in place."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client

from integrations.catalogue.code_kinds import FACILITY, PAYER
from integrations.ingest import crosswalks
from integrations.models import BEGINNING, CodeMeaning, LocalCode, Place, PlaceKind, ReferenceEntity
from integrations.reference.crosswalk import Named, Target
from integrations.reference.dating import DAY
from integrations.reference.hierarchy import add_place
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.core import clock
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import event, submitted
from tests.ingest.posting import poster
from tracing.queries.unmapped import unmapped
from tracing.storage import remap
from tracing.storage.drain import drain
from tracing.storage.remap_plan import Change
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.django_db(transaction=True)
IDS = [{"authority": "npi", "code": "9000000606"}]


@pytest.fixture
def at() -> datetime:
    """Yesterday, when four messages came: two of a clinic nobody has mapped, one with codes of ours."""
    yesterday = clock.now().astimezone(UTC) - timedelta(days=1)
    north = Place.objects.get(facility=build_facility("NORTH"))
    add_place(PlaceKind.DEPARTMENT, "Emergency", "Emergency", parent=north, by=None, at=yesterday)
    ReferenceEntity.objects.create(kind="payer", code="MEDICARE")
    sender = poster("clearinghouse", facilities=("NORTH", "SOUTH"))
    sender.events(
        [
            submitted("C1", yesterday, facility_ids=IDS, payer="MEDICARE"),
            submitted("C2", yesterday, facility_ids=IDS, payer="P-17"),
            submitted("C3", yesterday, payer="MEDICARE", amount="70.00"),
            event("account.ready", {"account_no": "A-7", "department": "Emergency"}, yesterday),
            event("account.ready", {"account_no": "A-8", "department": "PC-01", "sequence": 1}, yesterday),
        ]
    )
    drain(seconds=60)
    count_unmapped(clock.now())
    return yesterday


def seen(scope: Scope, kind: str = "") -> list[tuple[str, str, str, int, Decimal | None]]:
    return [
        (row.authority, row.code, row.workflow, row.transactions, row.amount)
        for row in unmapped(scope=scope, kind=kind)
    ]


def test_what_is_neither_ours_nor_mapped_is_counted_with_its_money(at: datetime) -> None:
    everything = Scope.system()

    assert seen(everything, "facility") == [("npi", "9000000606", "claim", 2, Decimal(1000))]
    assert seen(everything, "payer") == [("NORTH", "P-17", "claim", 1, Decimal(500))]
    assert seen(everything, "department") == [("NORTH", "PC-01", "discharge_to_billing", 1, None)]
    assert seen(Scope(facility_ids=(build_facility("SOUTH").pk,))) == []


def test_nothing_is_called_mapped_before_it_was_counted() -> None:
    build_facility("NORTH")
    client = sign_in(Client(), build_user("eve", role=Role.ENGINEER, at=("NORTH",)))
    assert "Codes are not counted yet." in client.get("/reference/unmapped/").content.decode()
    count_unmapped(clock.now())
    assert "Every code is mapped." in client.get("/reference/unmapped/").content.decode()
    of_a_kind = client.get("/reference/unmapped/", {"kind": "payer"}).content.decode()
    assert "Every code of this kind is mapped." in of_a_kind


def test_a_code_is_mapped_in_place_after_its_plan_and_leaves_the_list(at: datetime) -> None:
    client = sign_in(Client(), build_user("eve", role=Role.ENGINEER, at=("NORTH", "SOUTH")))
    code = LocalCode.objects.get(kind="facility")
    page = f"/reference/crosswalk/{code.pk}/change/"
    assert "9000000606" in client.get("/reference/unmapped/").content.decode()
    said = {"target": "SOUTH", "owner": "Team", "reason": "Acquired in the spring"}

    planned = client.post(page, {**said, "do": "plan"}).content.decode()
    assert "$1,000.00" in planned
    assert not CodeMeaning.objects.exists()
    assert client.post(page, {**said, "do": "apply"}).status_code == 302

    remap.go_on(clock.now(), seconds=60)
    count_unmapped(clock.now())
    assert seen(Scope.system(), "facility") == []
    assert LocalCode.objects.get(pk=code.pk).owner == "Team"
    crosswalks.forget()


def test_who_does_not_decide_at_both_ends_maps_nothing(at: datetime) -> None:
    code = LocalCode.objects.get(kind="facility")
    page = f"/reference/crosswalk/{code.pk}/change/"
    here = sign_in(Client(), build_user("here", role=Role.ENGINEER))
    there = sign_in(Client(), build_user("there", role=Role.ENGINEER, at=("SOUTH",)))
    said = {"target": "SOUTH", "reason": "Acquired in the spring", "do": "apply"}

    assert here.post(page, said).status_code == 422
    assert there.post(page, said).status_code == 404
    assert not CodeMeaning.objects.exists()


def test_of_a_code_that_is_mapped_on_some_days_the_others_are_counted(at: datetime) -> None:
    before, after = at - timedelta(days=3), at + timedelta(hours=1)
    poster("clinic-feed", facilities=("NORTH", "SOUTH")).events(
        [
            submitted("C4", before, facility_ids=IDS, payer="P-17", amount="30.00"),
            submitted("C5", after, facility_ids=IDS, payer="P-17", amount="2.00"),
        ]
    )
    drain(seconds=60)
    payer = Target(entity_id=ReferenceEntity.objects.get(code="MEDICARE").pk)
    south = Target(facility_id=build_facility("SOUTH").pk)
    gap = (
        before.date(),
        after.date(),
    )  # mapped until the day before the first, again after the last, and between
    for named, target in (
        (Named(FACILITY, "npi", "9000000606"), south),
        (Named(PAYER, "NORTH", "P-17"), payer),
    ):
        for since, until in (
            (BEGINNING, gap[0] - DAY),
            (gap[0] + DAY, gap[0] + DAY),
            (gap[1] + DAY, None),
        ):
            remap.decide(
                Change(named, target, since, until, reason="Not always ours"), by=None, at=clock.now()
            )
    remap.go_on(clock.now(), seconds=60)
    count_unmapped(clock.now())

    assert seen(Scope.system(), "facility") == [("npi", "9000000606", "claim", 4, Decimal("1032.00"))]
    assert seen(Scope.system(), "payer") == [("NORTH", "P-17", "claim", 3, Decimal("532.00"))]
    # Ended today, it is not missing on the days before.
    remap.decide(
        Change(Named(PAYER, "NORTH", "P-17"), payer, gap[0], at.date() - DAY, reason="Until then"),
        by=None,
        at=clock.now(),
    )
    count_unmapped(clock.now())
    assert seen(Scope.system(), "payer") == [("NORTH", "P-17", "claim", 2, Decimal("502.00"))]
