"""T36: docs/access-matrix.yaml is what the product does: every address, role, method and class of field."""

import re
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from integrations.models import Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.models import Grant, SensitiveDepartment
from observability.accounts.models.grant import BY_PLACE
from observability.accounts.roles import USUAL_CLASSES, PrivacyClass, Role
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tests.accounts.doors import DOORS, every_url
from tests.accounts.test_t34_access import METHODS, ask
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import submitted
from tests.tracing_pages.conftest import DeclareKind, Hospital, days
from tracing.models import Transaction

MATRIX: dict[str, Any] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs" / "access-matrix.yaml").read_text()
)
PEOPLE = set(Role)
NUMBER = "CLM0007714"


def test_the_matrix_names_every_address_and_no_other() -> None:
    assert sorted(MATRIX["pages"]) == sorted(name for name, _ in every_url())


def test_the_matrix_names_every_role_for_every_class_of_field() -> None:
    assert all(set(said) == PEOPLE for said in MATRIX["fields"].values())


def test_what_no_grant_opens_is_for_anybody_or_for_a_connectors_key() -> None:
    said = {name: MATRIX["pages"][name] for name, door in DOORS.items() if door.permission is None}

    assert said == {name: ["connector key"] if DOORS[name].key else ["anybody"] for name in said}


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", [name for name, door in DOORS.items() if door.permission])
def test_an_address_opens_for_the_roles_listed_and_for_nobody_else(
    client: Client, name: str, role: Role
) -> None:
    sign_in(client, build_user(role=role, at=("SOUTH",)))

    statuses = {
        ask(client, name, DOORS[name], method=method, htmx=htmx).status_code
        for method in METHODS
        for htmx in (False, True)
    }

    assert (statuses != {404}) == (role in MATRIX["pages"][name]), statuses


@pytest.mark.parametrize("role", Role)
def test_an_identifier_shows_as_the_matrix_says(north: Hospital, at: datetime, role: Role) -> None:
    north.told(submitted(NUMBER, at))
    client = sign_in(Client(), build_user(role=role))
    address = f"/transactions/{Transaction.objects.get().pk}/"

    assert NUMBER not in client.get(address).content.decode()
    assert shows(client, address, NUMBER) == MATRIX["fields"]["identifier"][role]


def shows(client: Client, address: str, number: str) -> str:
    """Return how an identifier shows to whoever tries to reveal it: hidden, masked or (by a) reveal."""
    page = client.get(address)
    client.post(f"{address}reveal/", {"reason": "The payer called about this claim"})
    if number in client.get(address).content.decode():
        return "reveal"
    return "masked" if f"…</span>{number[-3:]}" in page.content.decode() else "hidden"


@pytest.mark.parametrize("role", Role)
def test_a_workforce_identifier_shows_as_the_matrix_says(
    north: Hospital, at: datetime, role: Role, declare_kind: DeclareKind
) -> None:
    declare_kind("account", "workforce")
    north.told(submitted(NUMBER, at, account_no="A-20011735"))
    address, user = f"/transactions/{Transaction.objects.get().pk}/", build_user(role=role)
    client = sign_in(Client(), user)

    without = shows(client, address, "A-20011735")
    Grant.objects.filter(user=user).update(classes=[*USUAL_CLASSES, PrivacyClass.WORKFORCE])
    having = shows(client, address, "A-20011735")

    fields = MATRIX["fields"]
    assert without == fields["workforce_identifier"][role]
    assert having == fields["workforce_identifier_with_class"][role]


def test_a_small_count_shows_on_pages_and_in_no_file_as_the_matrix_says(
    north: Hospital, at: datetime
) -> None:
    north.told(submitted(NUMBER, at - days(1)))
    count_again(scope=Scope.system(), window=Window(), clock=now)
    for role in Role:
        client = sign_in(Client(), build_user(role.value, role=role))
        page = client.get("/kpis/PHASES/").content.decode()
        file = client.get("/kpis/PHASES/counts.csv").content.decode()
        rows = [line.split(",")[1:] for line in file.splitlines() if line.startswith(("North", "Total"))]

        told = {
            "shown" if "1 claim" in page else "withheld",
        }
        assert told == {MATRIX["fields"]["small_count_on_a_page"][role]}
        assert {cell for row in rows for cell in row} == {MATRIX["fields"]["small_count_in_a_file"][role]}


def test_an_executive_drills_from_a_number_to_masked_transactions_of_her_region_and_no_further(
    north: Hospital, south: Hospital, at: datetime
) -> None:
    for hospital, number in ((north, NUMBER), (south, "CLM0009915")):
        hospital.told(submitted(number, at - days(1)))
    theirs = Transaction.objects.get(facility_id=build_facility("SOUTH").pk)
    count_again(scope=Scope.system(), window=Window(), clock=now)
    region = add_place(PlaceKind.REGION, "LAKES", "Lakes region", by=None, at=at)
    home = Place.objects.get(facility=build_facility("NORTH"))
    belong(home, to=region, by=None, at=at, reason="as of a test")
    rosa = build_user("rosa")
    Grant.objects.create(user=rosa, role=Role.EXECUTIVE, facility_id=BY_PLACE, place_id=region.pk)
    client = sign_in(Client(), rosa)

    page = client.get("/kpis/PHASES/").content.decode()
    [listed] = set(re.findall(r'href="(/kpis/PHASES/transactions/\?[^"]+part=open%3A[^"]*)"', page))
    rows = client.get(unescape(listed)).content.decode()
    [address] = set(re.findall(r'href="(/transactions/[0-9a-f-]{36}/)"', rows))
    detail = client.get(address).content.decode()

    assert f"…</span>{NUMBER[-3:]}" in detail
    assert NUMBER not in page + rows + detail
    assert "reveal/" not in detail
    assert client.post(f"{address}reveal/", {"reason": "I would like to see it"}).status_code == 404
    assert client.get(f"/transactions/{theirs.pk}/").status_code == 404


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("holds", [False, True])
def test_a_sensitive_department_shows_as_the_matrix_says(
    north: Hospital, at: datetime, role: Role, holds: bool
) -> None:
    north.told(submitted(NUMBER, at))
    row = Transaction.objects.get()
    Transaction.objects.update(department="DETOX")
    SensitiveDepartment.objects.create(facility_id=build_facility("NORTH").pk, code="DETOX")
    user = build_user(role=role)
    if holds:
        Grant.objects.filter(user=user).update(classes=[PrivacyClass.BUSINESS, PrivacyClass.SENSITIVE])
    client = sign_in(Client(), user)

    answer = client.get(f"/transactions/{row.pk}/")

    named = "sensitive_department_with_class" if holds else "sensitive_department"
    assert ("shown" if "DETOX" in answer.content.decode() else "hidden") == MATRIX["fields"][named][role]
