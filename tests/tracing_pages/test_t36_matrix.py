"""T36: docs/access-matrix.yaml is what the product does: every address, role, method and class of field."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client

from observability.accounts.models import Grant, SensitiveDepartment
from observability.accounts.roles import PrivacyClass, Role
from tests.accounts.doors import DOORS, every_url
from tests.accounts.test_t34_access import METHODS, ask
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import submitted
from tests.tracing_pages.conftest import Hospital
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

    page = client.get(address)
    client.post(f"{address}reveal/", {"reason": "The payer called about this claim"})
    after = client.get(address)

    assert NUMBER not in page.content.decode()
    shown = (
        "hidden" if page.status_code == 404 else "reveal" if NUMBER in after.content.decode() else "masked"
    )
    assert shown == MATRIX["fields"]["identifier"][role]


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
