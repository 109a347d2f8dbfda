"""Places: every facility has one, one parent at a time, and what lies where on which days."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from integrations.models import BEGINNING, Facility, Place, PlaceEdge, PlaceKind, PlaceReach
from integrations.reference.hierarchy import Circle, PlaceTaken, WrongParent, add_place, belong
from observability.accounts.models import AuditRow
from tests.build import build_facility

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, tzinfo=UTC)
JUNE = date(2026, 6, 1)
MAY_31 = date(2026, 5, 31)


def add(kind: PlaceKind, code: str, parent: Place | None = None) -> Place:
    return add_place(kind, code, code.title(), parent=parent, by=None, at=NOW)


def put(place: Place, to: Place | None, since: date = BEGINNING, until: date | None = None) -> bool:
    return belong(place, to=to, since=since, until=until, by=None, at=NOW, reason="as of a test")


def home(code: str = "NORTH") -> Place:
    return Place.objects.get(facility=build_facility(code))


def reach(place: Place) -> list[tuple[str, date, date | None]]:
    rows = PlaceReach.objects.filter(place=place).order_by("facility__code", "valid_from")
    return list(rows.values_list("facility__code", "valid_from", "valid_to"))


@pytest.fixture
def network() -> Place:
    return add(PlaceKind.NETWORK, "ALL")


@pytest.fixture
def east(network: Place) -> Place:
    return add(PlaceKind.REGION, "EAST", network)


@pytest.fixture
def west(network: Place) -> Place:
    return add(PlaceKind.REGION, "WEST", network)


def test_a_facility_has_a_place_that_follows_its_name() -> None:
    place = home()
    Facility.objects.filter(code="NORTH").update(code="NORD", name="Nord")
    place.refresh_from_db()
    assert (place.kind, place.code, place.name) == ("facility", "NORD", "Nord")
    assert reach(place) == [("NORD", BEGINNING, None)]


def test_a_move_leaves_the_past_where_it_was(network: Place, east: Place, west: Place) -> None:
    put(home(), east)
    put(home("SOUTH"), east)
    put(home(), west, since=JUNE)
    assert reach(east) == [("NORTH", BEGINNING, MAY_31), ("SOUTH", BEGINNING, None)]
    assert reach(west) == [("NORTH", JUNE, None)]
    assert reach(network) == [("NORTH", BEGINNING, None), ("SOUTH", BEGINNING, None)]


def test_a_region_that_moves_takes_its_facilities_along(network: Place, east: Place) -> None:
    put(home(), east)
    other = add(PlaceKind.NETWORK, "OTHER")
    put(east, other, since=JUNE)
    assert reach(network) == [("NORTH", BEGINNING, MAY_31)]
    assert reach(other) == [("NORTH", JUNE, None)]


def test_days_long_past_can_be_put_right_and_days_left_empty(east: Place, west: Place) -> None:
    put(home(), east)
    put(home(), west, since=date(2026, 2, 1), until=date(2026, 2, 28))
    put(home(), None, since=JUNE)
    assert reach(east) == [
        ("NORTH", BEGINNING, date(2026, 1, 31)),
        ("NORTH", date(2026, 3, 1), MAY_31),
    ]
    assert reach(west) == [("NORTH", date(2026, 2, 1), date(2026, 2, 28))]


def test_what_is_said_twice_changes_nothing_and_is_on_record_once(east: Place) -> None:
    assert put(home(), east)
    assert not put(home(), east)
    rows = AuditRow.objects.filter(act="place_moved", object_id=str(home().pk))
    assert [row.reason for row in rows] == ["as of a test"]


def test_only_kinds_that_fit_belong_together(network: Place, east: Place) -> None:
    for place, parent in ((network, east), (east, home())):
        with pytest.raises(WrongParent):
            put(place, parent)
    with pytest.raises(WrongParent):
        add(PlaceKind.FACILITY, "NEW")
    with pytest.raises(WrongParent):
        add(PlaceKind.DEPARTMENT, "Imaging")


def test_no_department_lies_within_itself_on_any_day() -> None:
    top = add(PlaceKind.DEPARTMENT, "Medicine", home())
    middle = add(PlaceKind.DEPARTMENT, "Heart", top)
    bottom = add(PlaceKind.DEPARTMENT, "Rhythm", middle)
    with pytest.raises(Circle):
        put(top, bottom, since=JUNE)
    assert PlaceEdge.objects.get(child=top).parent == home()
    put(middle, home(), since=JUNE)
    assert put(top, bottom, since=JUNE)


def test_a_code_is_used_once_and_a_departments_once_where_it_is(network: Place) -> None:
    first = add(PlaceKind.DEPARTMENT, "Imaging", home())
    add(PlaceKind.DEPARTMENT, "Imaging", home("SOUTH"))
    with pytest.raises(PlaceTaken):
        put(first, home("SOUTH"))
    with pytest.raises(PlaceTaken):
        add(PlaceKind.REGION, "NORTH", network)
    with pytest.raises(IntegrityError), transaction.atomic():
        Facility.objects.create(code=network.code, name="Not again")


def test_the_database_refuses_a_second_parent_and_an_unknown_kind(east: Place, west: Place) -> None:
    put(home(), east)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlaceEdge.objects.create(child=home(), parent=west, valid_from=JUNE)
    with pytest.raises(IntegrityError), transaction.atomic():
        Facility.objects.create(code="SHED", name="Shed", kind="shed")
    assert Facility.objects.create(code="TELE", name="Telehealth", kind="virtual").pk
