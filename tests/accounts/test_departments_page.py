"""Sensitive departments are named by who decides on access, and uncovered by nobody who would gain by it."""

import pytest
from django.test import Client

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY
from integrations.models import Place, PlaceKind
from integrations.reference.crosswalk import Named, Target, mean
from integrations.reference.hierarchy import add_place
from observability.accounts.models import AuditRow, Grant, SensitiveDepartment, User
from observability.accounts.roles import Permission, PrivacyClass, Role
from observability.accounts.scopes import scope_for
from observability.core.clock import now
from tests.build import build_facility, build_transaction, build_user, grant, sign_in
from tracing.deciding import may_decide

pytestmark = pytest.mark.django_db
PAGE = "/access/departments/"
WHY = "42 CFR Part 2: substance use"


@pytest.fixture
def as_ada(client: Client) -> Client:
    """The administrator of NORTH."""
    return sign_in(client, build_user("ada", role=Role.ADMINISTRATOR, at=("NORTH",)))


def add(client: Client, code: str = "DETOX", reason: str = WHY) -> str:
    said = {"facility": str(build_facility("NORTH").pk), "code": code, "reason": reason}
    return client.post(f"{PAGE}protect/", said, follow=True).content.decode()


def take_away(client: Client) -> str:
    id = SensitiveDepartment.objects.get().pk
    return client.post(
        f"{PAGE}{id}/unprotect/", {"reason": "The ward is closed"}, follow=True
    ).content.decode()


def test_a_department_that_is_named_hides_its_rows_until_it_is_taken_away(as_ada: Client) -> None:
    row = build_transaction("NORTH")
    row.department = "DETOX"
    row.save()
    sam = sign_in(Client(), build_user("sam", role=Role.SUPPORT, at=("NORTH",)))
    seen = [sam.get(f"/transactions/{row.pk}/").status_code]

    assert "<code>DETOX</code>" in add(as_ada)
    seen.append(sam.get(f"/transactions/{row.pk}/").status_code)
    assert "None" in take_away(as_ada)
    seen.append(sam.get(f"/transactions/{row.pk}/").status_code)

    assert seen == [200, 404, 200]
    rows = AuditRow.objects.filter(object_type="sensitive_department").order_by("seq")
    assert [(each.act, each.reason) for each in rows] == [
        ("department_protected", WHY),
        ("department_unprotected", "The ward is closed"),
    ]


@pytest.mark.parametrize(("code", "reason"), [("DETOX", "short"), (" ", WHY), ("D" * 81, WHY)])
def test_a_form_without_department_or_reason_names_none(as_ada: Client, code: str, reason: str) -> None:
    assert "error" in add(as_ada, code, reason)
    assert not SensitiveDepartment.objects.exists()


def test_nobody_takes_away_what_hides_rows_from_themselves(as_ada: Client) -> None:
    add(as_ada)
    ada = User.objects.get(username="ada")
    grant(ada, Role.SUPPORT, at=("NORTH",))

    assert "somebody else has to take it away" in take_away(as_ada)
    assert SensitiveDepartment.objects.exists()

    Grant.objects.filter(user=ada, role=Role.SUPPORT).update(classes=["business", "identifier", "sensitive"])
    take_away(as_ada)
    assert not SensitiveDepartment.objects.exists()


@pytest.mark.parametrize("code", ["DETOX", "4-WEST"])  # our own, and what the laboratory calls it
def test_only_who_holds_the_class_says_what_a_code_of_it_means(as_ada: Client, code: str) -> None:
    north = Place.objects.get(facility=build_facility("NORTH"))
    detox = add_place(PlaceKind.DEPARTMENT, "DETOX", "Detox", parent=north, by=None, at=now())
    named = Named(DEPARTMENT, "NORTH", code)
    mean(named, Target(department_id=detox.pk), reason=WHY, by=None, at=now())
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH",))

    def may() -> bool:
        return may_decide(scope_for(ines, Permission.MANAGE_CATALOGUE, now()), named)

    allowed = [may()]
    add(as_ada)
    allowed.append(may())
    Grant.objects.filter(user=ines).update(classes=[PrivacyClass.BUSINESS, PrivacyClass.SENSITIVE])
    allowed.append(may())

    assert allowed == [True, False, True]


def test_nor_does_anybody_else_take_its_rows_to_a_facility_where_it_is_not_sensitive(as_ada: Client) -> None:
    north, south = build_facility("NORTH"), build_facility("SOUTH")
    named, there = Named(FACILITY, "npi", "9000000601"), Target(facility_id=south.pk)
    mean(named, Target(facility_id=north.pk), reason=WHY, by=None, at=now())
    ines = build_user("ines", role=Role.ENGINEER, at=("NORTH", "SOUTH"))

    def may() -> bool:
        return may_decide(scope_for(ines, Permission.MANAGE_CATALOGUE, now()), named, there)

    allowed = [may()]
    add(as_ada)
    allowed.append(may())
    SensitiveDepartment.objects.create(facility_id=south.pk, code="DETOX")
    allowed.append(may())

    assert allowed == [True, False, True]
