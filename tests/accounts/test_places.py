"""A grant for a place of the hierarchy gives what lies under it on the day, and nothing else."""

import getpass
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations.models import BEGINNING, Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from observability.accounts import granting
from observability.accounts.granting import NoSuchPlace, Terms
from observability.accounts.models import AuditRow, Grant, User
from observability.accounts.models.grant import BY_PLACE
from observability.accounts.roles import Domain, Permission, Role
from observability.accounts.scopes import Scope, scope_for
from observability.core.clock import now
from tests.build import build_facility, build_transaction, build_user, sign_in

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
WHY = "Looks after the region from now on"


def add(kind: PlaceKind, code: str, parent: Place | None = None) -> Place:
    return add_place(kind, code, f"{code.title()} region", parent=parent, by=None, at=AT)


def put(code: str, to: Place | None, since: date = BEGINNING) -> None:
    place = Place.objects.get(facility=build_facility(code))
    belong(place, to=to, since=since, by=None, at=AT, reason="as of a test")


@pytest.fixture
def network() -> Place:
    return add(PlaceKind.NETWORK, "ALL")


@pytest.fixture
def lakes(network: Place) -> Place:
    """A region with NORTH and SOUTH; EAST lies in none."""
    region = add(PlaceKind.REGION, "LAKES", network)
    put("NORTH", region)
    put("SOUTH", region)
    build_facility("EAST")
    return region


def given(name: str, place: Place, role: Role = Role.EXECUTIVE, domain: Domain | None = None) -> User:
    user = build_user(name)
    Grant.objects.create(user=user, role=role, facility_id=BY_PLACE, place_id=place.pk, domain=domain)
    return user


def sees(user: User, at: datetime = AT) -> list[str]:
    ids = scope_for(user, Permission.SEE_BOARD, at).facility_ids
    return sorted(code for code in ("NORTH", "SOUTH", "EAST") if build_facility(code).pk in ids)


def test_a_place_gives_what_lies_under_it_on_the_day(network: Place, lakes: Place) -> None:
    rosa, nell = given("rosa", lakes), given("nell", network)
    put("SOUTH", None, since=date(2026, 6, 16))
    put("EAST", network, since=date(2026, 6, 16))

    tomorrow = AT + timedelta(days=1)
    assert (sees(rosa), sees(rosa, tomorrow)) == (["NORTH", "SOUTH"], ["NORTH"])
    assert (sees(nell), sees(nell, tomorrow)) == (["NORTH", "SOUTH"], ["EAST", "NORTH"])


def test_a_facility_that_leaves_is_gone_with_the_next_request(client: Client, lakes: Place) -> None:
    row = build_transaction("SOUTH")
    sign_in(client, given("rosa", lakes))
    assert client.get(f"/transactions/{row.pk}/").status_code == 200
    assert "Lakes region" in client.get("/").content.decode()

    put("SOUTH", None)

    assert client.get(f"/transactions/{row.pk}/").status_code == 404


def test_an_unknown_or_ended_place_gives_nothing(lakes: Place) -> None:
    rosa = given("rosa", lakes)
    Place.objects.filter(pk=lakes.pk).update(valid_to=AT.date() - timedelta(days=1))
    assert sees(rosa) == []
    Grant.objects.update(place_id=lakes.pk + 1_000)
    assert sees(rosa) == []


def test_the_database_refuses_a_grant_by_place_that_others_could_read_as_everywhere(lakes: Place) -> None:
    for wrong in ({"facility_id": None}, {"facility_id": build_facility("NORTH").pk}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Grant.objects.create(user=build_user("x"), role=Role.SUPPORT, place_id=lakes.pk, **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        Grant.objects.create(user=build_user("x"), role=Role.SUPPORT, facility_id=BY_PLACE)


def test_a_scope_is_one_query_however_it_is_given(lakes: Place) -> None:
    rosa = given("rosa", lakes)
    with CaptureQueriesContext(connection) as queries:
        scope_for(rosa, Permission.SEE_BOARD, AT)
    assert sum(' FROM "grant" ' in query["sql"] for query in queries) == 1


def test_who_administers_a_region_gives_the_region_and_no_more(network: Place, lakes: Place) -> None:
    rhea, bob = given("rhea", lakes, Role.ADMINISTRATOR), build_user("bob")
    by_facility = build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH", "SOUTH"))
    clinical = given("carl", lakes, Role.ADMINISTRATOR, Domain.CLINICAL)

    def give(by: User, place: Place) -> Grant:
        scope = scope_for(by, Permission.MANAGE_ACCESS, AT)
        terms = Terms(Role.SUPPORT, place_id=place.pk)
        return granting.give(scope=scope, to=bob, terms=terms, by=by, reason=WHY, at=AT)

    for by, place in ((rhea, network), (by_facility, lakes), (clinical, lakes)):
        with pytest.raises(NoSuchPlace):
            give(by, place)
    made = give(rhea, lakes)
    scope = scope_for(rhea, Permission.MANAGE_ACCESS, AT)
    granting.end(scope=scope, grant=made, by=rhea, reason="Left the desk again", at=AT)


def test_a_department_is_no_place_to_give(lakes: Place) -> None:
    home = Place.objects.get(facility=build_facility("NORTH"))
    bob = build_user("bob")
    for place in (add(PlaceKind.DEPARTMENT, "Imaging", home), home):
        terms = Terms(Role.SUPPORT, place_id=place.pk)
        with pytest.raises(NoSuchPlace):
            granting.give(scope=Scope.system(), to=bob, terms=terms, by=None, reason=WHY, at=AT)


def test_pages_and_export_name_the_place_and_what_it_gives_today(client: Client, lakes: Place) -> None:
    rosa = build_user("rosa")
    sign_in(client, build_user("ada"))
    Grant.objects.create(user=User.objects.get(username="ada"), role=Role.ADMINISTRATOR)
    assert "Lakes region (region): North Hospital, South Hospital today" in (
        client.get("/access/people/rosa/").content.decode()
    )

    said = {"role": "executive", "where": f"place-{lakes.pk}", "reason": WHY}
    client.post("/access/people/rosa/give/", said)

    assert sees(rosa, now()) == ["NORTH", "SOUTH"]
    for address in ("/access/people/rosa/", "/access/review/"):
        page = client.get(address).content.decode()
        assert "Lakes region (region)" in page
        assert "North Hospital, South Hospital" in page
    told = client.get("/access/review.csv").content.decode()
    assert 'executive,Lakes region (region),"North Hospital, South Hospital",every domain' in told
    Place.objects.filter(pk=lakes.pk).update(valid_to=now().date() - timedelta(days=1))
    assert "its place gives nothing today" in client.get("/access/review/?look=1").content.decode()


def test_who_sees_one_facility_of_a_region_reads_no_other_name(client: Client, lakes: Place) -> None:
    given("rosa", lakes)
    sign_in(client, build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",)))

    for address in ("/access/people/rosa/", "/access/review/"):
        page = client.get(address).content.decode()
        assert "North Hospital, 1 more that you do not see" in page
        assert "South Hospital" not in page


def told(*args: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("access", *args, "--json", stdout=out)
    return list(json.loads(out.getvalue()))


def test_access_is_given_and_withdrawn_from_the_shell_on_record_with_who_ran_it(lakes: Place) -> None:
    rosa = build_user("rosa")
    [given] = told("give", "rosa", "executive", "--at", "LAKES", "--domain", "revenue", "--reason", WHY)

    assert (given["where"], given["gives"]) == ("Lakes region (region)", ["North Hospital", "South Hospital"])
    assert told("list", "--person", "rosa") == [given]
    assert [row["flags"] for row in told("review")] == [["never signed in"]]
    for wrong in (["--at", "NOWHERE"], ["--at", "LAKES", "--domain", "revenue"]):
        with pytest.raises(CommandError):
            call_command("access", "give", "rosa", "executive", *wrong, "--reason", WHY)
    [ended] = told("withdraw", str(given["id"]), "--reason", "Left the desk again")

    assert ended["ended_at"]
    assert sees(rosa, now()) == []
    rows = AuditRow.objects.filter(act__in=("granted", "grant_ended", "access_exported")).order_by("seq")
    assert [(row.act, row.actor) for row in rows] == [
        (act, getpass.getuser()) for act in ("granted", "access_exported", "grant_ended")
    ]
