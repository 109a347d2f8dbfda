"""Places: renamed, ended and answered for on record; the tree of a day; who may change it."""

from datetime import UTC, date, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY
from integrations.models import BEGINNING, Facility, Place, PlaceKind, PlaceReach
from integrations.queries.places import place_changes, place_counts, places_on
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import NotThere, add_place, belong
from integrations.reference.keeping import NotTheLast, StillHolds, answer_for, end_place, rename, take_up
from observability.accounts.audit import ReasonTooShort
from observability.accounts.models import AuditRow
from observability.accounts.roles import Permission, Role
from observability.accounts.scopes import Scope, scope_for
from tests.build import build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 15, tzinfo=UTC)
TODAY = NOW.date()
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
WHY = "as of a test of places"
SYSTEM = Scope.system()


def add(kind: PlaceKind, code: str, parent: Place | None = None) -> Place:
    return add_place(kind, code, code.title(), parent=parent, by=None, at=NOW)


def put(place: Place, to: Place | None, since: date = BEGINNING, until: date | None = None) -> None:
    belong(place, to=to, since=since, until=until, by=None, at=NOW, reason=WHY)


def call(place: Place, name: str, since: date) -> bool:
    return rename(place, name, since=since, by=None, at=NOW, reason=WHY)


def end(place: Place, last: date) -> bool:
    return end_place(place, last=last, by=None, at=NOW, reason=WHY)


def tree(day: date, scope: Scope = SYSTEM) -> dict[str, str]:
    """Return what the places of a day are called, and the name of what each lies in."""
    found = places_on(scope=scope, day=day)
    names = {each.id: each.name for each in found}
    return {each.name: names[each.parent_id] if each.parent_id else "" for each in found}


@pytest.fixture
def home() -> Place:
    """NORTH in the region East of the network All; South in West."""
    network = add(PlaceKind.NETWORK, "ALL")
    for region, facility in (("EAST", "NORTH"), ("WEST", "SOUTH")):
        put(Place.objects.get(facility=build_facility(facility)), add(PlaceKind.REGION, region, network))
    return Place.objects.get(facility=build_facility())


def place(code: str) -> Place:
    return Place.objects.get(code=code)


def test_a_new_name_holds_from_its_day_and_the_days_before_keep_theirs(home: Place) -> None:
    assert call(place("EAST"), "Lakes", MAY)
    assert call(place("EAST"), "Great Lakes", JUNE)
    assert not call(place("EAST"), "Great Lakes", JUNE)

    assert [tree(day)["North Hospital"] for day in (date(2026, 4, 30), MAY, JUNE, JULY)] == [
        "East",
        "Lakes",
        "Great Lakes",
        "Great Lakes",
    ]
    with pytest.raises(NotTheLast):
        call(place("EAST"), "Other", MAY)
    with pytest.raises(ReasonTooShort):
        rename(place("EAST"), "Other", since=TODAY, by=None, at=NOW, reason="why")
    assert call(home, "North Medical Center", MAY)
    assert Facility.objects.get(code="NORTH").name == "North Medical Center"
    assert AuditRow.objects.filter(act="place_renamed").count() == 3


def test_a_name_of_a_day_to_come_waits_for_it_and_can_be_taken_back(home: Place) -> None:
    august = date(2026, 8, 1)
    assert call(home, "North Medical Center", JULY)
    assert call(home, "Northern", august)
    assert not call(home, "Northern", august)
    assert call(home, "North Medical Center", august)  # as before that day: taken back
    assert call(place("EAST"), "Lakes", JULY)

    assert (set(tree(TODAY)) - set(tree(JULY)), Place.objects.get(pk=home.pk).name) == (
        {"North Hospital", "East"},
        "North Hospital",
    )
    assert "Northern" not in tree(august)
    told = [(each.day, each.what, each.detail) for each in place_changes(scope=SYSTEM, beginning=BEGINNING)]
    assert (JULY, "will be called", "North Medical Center") in told

    assert take_up(NOW) == 0
    day = datetime.combine(JULY, time(0, 1), UTC)
    assert (take_up(day), take_up(day)) == (2, 0)
    assert Facility.objects.get(code="NORTH").name == "North Medical Center"
    assert tree(TODAY)["North Hospital"] == "East"
    assert tree(JULY)["North Medical Center"] == "Lakes"
    assert AuditRow.objects.filter(act="place_renamed").count() == 4


def test_a_name_to_come_that_was_overtaken_goes(home: Place) -> None:
    later = NOW + timedelta(days=60)
    call(home, "Northern", JULY)
    rename(home, "North Campus", since=later.date(), by=None, at=later, reason=WHY)

    assert take_up(later) == 0
    assert tree(later.date())["North Campus"] == "East"


def test_a_place_ends_only_when_nothing_belongs_to_it_any_more(home: Place) -> None:
    with pytest.raises(StillHolds):
        end(place("EAST"), JUNE)
    put(home, place("WEST"), since=JULY)
    assert end(place("EAST"), date(2026, 6, 30))
    assert not end(place("EAST"), date(2026, 6, 30))
    assert (tree(TODAY)["North Hospital"], tree(JULY)["North Hospital"]) == ("East", "West")
    assert "East" not in tree(JULY)
    with pytest.raises(NotThere):
        put(home, place("EAST"), since=MAY)
    with pytest.raises(NotThere):
        end(add_place(PlaceKind.NETWORK, "NEW", "New", by=None, at=NOW, since=JUNE), MAY)
    assert end(home, date(2026, 7, 31))
    reached = PlaceReach.objects.filter(place=place("WEST"), facility__code="NORTH")
    assert [(each.valid_from, each.valid_to) for each in reached] == [(JULY, date(2026, 7, 31))]
    assert end(home, date(2026, 8, 31))  # it closes a month later: there, too, until then
    assert reached.get().valid_to == date(2026, 8, 31)


def test_what_changes_is_told_with_its_day_and_only_of_what_one_sees(home: Place) -> None:
    put(home, place("WEST"), since=JULY)
    call(place("WEST"), "Pacific", MAY)
    put(place("SOUTH"), None, since=JUNE)
    told = [
        (each.day, each.name, each.what, each.detail)
        for each in place_changes(scope=SYSTEM, beginning=BEGINNING)
    ]
    assert told == [
        (JULY, "North Hospital", "moved", "Pacific"),
        (JUNE, "South Hospital", "left", "Pacific"),
        (MAY, "Pacific", "renamed", "West"),
    ]
    add(PlaceKind.DEPARTMENT, "Imaging", place("SOUTH"))
    ines = build_user("ines", role=Role.ENGINEER, at=("SOUTH",))
    scope = scope_for(ines, Permission.SEE_CATALOGUE, NOW)
    assert set(tree(MAY, scope)) == {"All", "Pacific", "South Hospital", "Imaging"}
    assert {each.name for each in place_changes(scope=scope, beginning=BEGINNING)} == {
        "South Hospital",
        "Pacific",
    }


def test_who_answers_for_a_place_is_counted(home: Place) -> None:
    assert answer_for(home, owner="North board", steward="", by=None, at=NOW, reason=WHY)
    assert not answer_for(home, owner="North board", steward="", by=None, at=NOW, reason=WHY)
    counts = {
        each.kind: (each.entities, each.owned, each.no_steward)
        for each in place_counts(scope=SYSTEM, day=TODAY)
    }
    assert counts["facility"] == (2, 1, 2)


def test_the_page_moves_a_place_for_who_may_and_refuses_in_words(client: Client, home: Place) -> None:
    west, url = place("WEST"), f"/reference/places/{home.pk}/"
    here = sign_in(client, build_user("here", role=Role.ADMINISTRATOR, at=("NORTH",)))
    move = {"parent": str(west.pk), "since": "2026-07-01", "reason": WHY}
    assert "Only who manages" in here.post(f"{url}move/", move, follow=True).content.decode()
    assert b"Move it" not in here.get(url).content
    assert here.get(f"/reference/places/{west.pk}/").status_code == 404
    user = build_user("admin")
    grant(user, Role.ADMINISTRATOR, at=None)
    admin = sign_in(client, user)

    assert "It was moved." in admin.post(f"{url}move/", move, follow=True).content.decode()
    page = admin.get("/reference/places/", {"on": "2026-06-30"}).content.decode()
    assert "moves into West" in page
    assert page.index("East") < page.index("North Hospital") < page.index("South Hospital")
    for verb, said, words in (
        ("move", move | {"reason": "no"}, "Say why"),
        ("move", move | {"since": "soon"}, "A day is written"),
        ("end", {"last": "9999-12-31", "reason": WHY}, "no day after"),
        ("move", move | {"parent": "²"}, "There is no such place"),
        ("end", {"last": "2026-06-20", "reason": WHY}, "It ends on 20 Jun 2026"),
        ("move", move, "One of the two is not there"),
    ):
        assert words in admin.post(f"{url}{verb}/", said, follow=True).content.decode()
    added = admin.post("/reference/places/new/", {"kind": "region", "code": "EAST", "name": "Again"})
    assert added.status_code == 422
    assert "There is a place of this code there already." in added.content.decode()


def test_the_page_tells_what_others_call_a_place_and_offers_where_it_lies_now(
    client: Client, home: Place
) -> None:
    imaging = add(PlaceKind.DEPARTMENT, "Imaging", home)
    for named, target in (
        (Named(FACILITY, "npi", "9000000601"), Target(facility_id=home.facility_id)),
        (Named(DEPARTMENT, "NORTH", "RAD1"), Target(department_id=imaging.pk)),
    ):
        mean(named, target, reason=WHY, by=None, at=NOW)
    user = build_user("admin")
    grant(user, Role.ADMINISTRATOR, at=None)
    sign_in(client, user)
    page = client.get(f"/reference/places/{home.pk}/").content.decode()
    assert "9000000601" in page
    assert "RAD1" not in page
    assert f'<option value="{place("EAST").pk}" selected>' in page
    assert "RAD1" in client.get(f"/reference/places/{imaging.pk}/").content.decode()


def test_the_shell_does_the_same(home: Place) -> None:
    call_command(
        "places", "add", "department", "Imaging", "Imaging", "--to", "facility:NORTH", stdout=StringIO()
    )
    call_command("places", "move", "facility:NORTH", "--to", "region:WEST", "--since", "2026-07-01",
                 "--reason", WHY, stdout=StringIO())  # fmt: skip
    with pytest.raises(CommandError, match="Others belong"):
        call_command("places", "end", "facility:NORTH", "--last", "2026-07-01", "--reason", WHY)
    out = StringIO()
    call_command("places", "list", "--on", "2026-07-01", stdout=out)
    assert f"    {home.pk} facility:NORTH North Hospital\n      " in out.getvalue()
