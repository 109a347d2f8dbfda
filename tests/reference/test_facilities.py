"""Facilities: made with zone and kind, on record, from the shell and on the page; refusals change nothing."""

from datetime import UTC, date, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.ingest import crosswalks
from integrations.models import BEGINNING, Connector, Facility, FacilityKind, Place, PlaceKind, PlaceReach
from integrations.reference import hierarchy
from integrations.reference.hierarchy import add_facility, add_place
from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from tests.build import build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, tzinfo=UTC)
JUNE = date(2026, 6, 1)
NEW = "/reference/places/new/"


@pytest.fixture
def west() -> Place:
    return add_place(PlaceKind.REGION, "WEST", "West", by=None, at=NOW)


def add(
    code: str = "NORTH", name: str = "North Hospital", zone: str = "America/Denver", **more: Any
) -> Place:
    return add_facility(code, name, kind=FacilityKind.CLINIC, zone=zone, by=None, at=NOW, **more)


def test_a_facility_lies_where_it_was_said_from_its_day_and_is_on_record(west: Place) -> None:
    made = add(parent=west, since=JUNE)

    facility = Facility.objects.get(code="NORTH")
    assert (facility.name, facility.kind, facility.zone) == ("North Hospital", "clinic", "America/Denver")
    assert (made.kind, made.facility_id, made.valid_from) == ("facility", facility.pk, JUNE)
    reached = PlaceReach.objects.filter(facility=facility).values_list("place__code", "valid_from")
    assert set(reached) == {("NORTH", BEGINNING), ("WEST", JUNE)}
    row = AuditRow.objects.get(act="place_made", object_id=str(made.pk))
    assert (row.object_type, row.facility_ids) == ("place", [facility.pk])


def test_what_is_sent_for_it_is_taken_where_the_facilities_were_read_a_moment_ago() -> None:
    assert "NORTH" not in crosswalks.current(set()).by_code
    made = add()
    assert made.facility_id is not None
    assert crosswalks.current({made.facility_id}).by_code["NORTH"].zone.key == "America/Denver"


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"code": "WEST"}, hierarchy.PlaceTaken),
        ({"code": "SOUTH"}, hierarchy.PlaceTaken),
        ({"code": "NORTH 1"}, hierarchy.WrongCode),
        ({"code": "N" * 21}, hierarchy.WrongCode),
        ({"name": " "}, hierarchy.WrongName),
        ({"zone": "Central"}, hierarchy.WrongZone),
        ({"zone": "localtime"}, hierarchy.WrongZone),
        ({"zone": "../UTC"}, hierarchy.WrongZone),
    ],
)
def test_a_facility_that_cannot_be_is_refused(
    west: Place, said: dict[str, str], refused: type[Exception]
) -> None:
    build_facility("SOUTH")
    with pytest.raises(refused):
        add(**said)
    assert list(Facility.objects.values_list("code", flat=True)) == ["SOUTH"]


def test_one_that_may_not_lie_there_is_not_made_at_all() -> None:
    south = Place.objects.get(facility=build_facility("SOUTH"))
    with pytest.raises(hierarchy.WrongParent):
        add(parent=south)
    assert not Facility.objects.filter(code="NORTH").exists()
    assert not AuditRow.objects.filter(act="place_made").exists()


def test_the_shell_makes_a_facility_that_a_connector_can_be_made_for(west: Place) -> None:
    def run(*said: str) -> None:
        call_command("places", "add", *said, stdout=StringIO())

    new = ("facility", "NORTH", "North Hospital")
    for said, words in (
        (new, "needs --zone and --care"),
        ((*new, "--zone", "Nowhere", "--care", "hospital"), "no such time zone"),
        (("network", "ALL", "All", "--zone", "UTC"), "Only a facility"),
    ):
        with pytest.raises(CommandError, match=words):
            run(*said)
    whole = (*new, "--zone", "America/Chicago", "--care", "virtual", "--to", "region:WEST")
    run(*whole)
    with pytest.raises(CommandError, match="already"):
        run(*whole)
    call_command("connector", "create", "lab-feed", "--facility", "NORTH", stdout=StringIO())
    assert Connector.objects.get().facility.kind == FacilityKind.VIRTUAL


def test_the_page_makes_one_and_keeps_what_was_refused(client: Client, west: Place) -> None:
    build_facility("SOUTH")  # where there is none at all, nobody reads any page
    user = build_user("admin")
    grant(user, Role.ADMINISTRATOR, at=None)
    sign_in(client, user)
    new = {"kind": "facility", "code": "NORTH", "name": "North Hospital", "care": "clinic",
           "zone": "America/Denver", "parent": str(west.pk), "since": "2026-06-01"}  # fmt: skip

    assert f'<option value="{west.pk}">West (region)' in client.get("/reference/places/").content.decode()
    for wrong, field, words in (
        ({"zone": "Mountain"}, "zone", "There is no such time zone."),
        ({"code": "WEST"}, "code", "There is a place of this code there already."),
        ({"code": "N O"}, "code", "A facility&#x27;s code is 1 to 20 letters"),
        ({"care": ""}, "care", "Say what kind of facility it is."),
        ({"name": " "}, "name", "A place needs a name."),
        ({"since": "soon"}, "since", "A day is written as"),
        ({"parent": "0"}, "parent", "There is no such place to belong to."),
    ):
        answer = client.post(NEW, new | wrong)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert f'<div id="{field}-says"><p class="error">{words}' in page
        assert page.count('aria-invalid="true"') == 1
        assert '<option value="facility" selected>' in page
        assert f'value="{wrong.get("zone", "America/Denver")}"' in page
        assert Facility.objects.count() == 1
    page = client.post(NEW, new, follow=True).content.decode()
    assert "North Hospital was added." in page
    assert Facility.objects.get(code="NORTH").zone == "America/Denver"
    assert AuditRow.objects.filter(act="place_made", user_id=user.pk).count() == 1


def test_who_manages_the_catalogue_alone_makes_none(client: Client) -> None:
    build_facility("SOUTH")
    user = build_user("ines")
    grant(user, Role.ENGINEER, at=None)
    sign_in(client, user)
    new = {"kind": "facility", "code": "NORTH", "name": "North", "care": "clinic", "zone": "UTC"}
    assert "Only who manages" in client.post(NEW, new, follow=True).content.decode()
    assert not Facility.objects.filter(code="NORTH").exists()
