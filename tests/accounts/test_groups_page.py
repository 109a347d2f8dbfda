"""What groups give, as a page: read, tried out, and applied by whoever decides on access everywhere."""

import re
from typing import Any

import pytest
from django.test import Client

from observability.accounts import groups
from observability.accounts.granting import Terms
from observability.accounts.models import AuditRow, Grant, GroupRule, OutsideIdentity, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
HEAD = "group,role,where,domain,classes\n"
BILLING = HEAD + "billing,support,NORTH,revenue,\n"
WHY = "The billing team moved to our desk"
PAGE = "/access/groups/"


@pytest.fixture
def as_ada(client: Client) -> Client:
    """The administrator of everything."""
    build_facility("NORTH")
    grant(build_user("ada"), Role.ADMINISTRATOR, at=None)
    return sign_in(client, User.objects.get(username="ada"))


def known(user: User, *names: str) -> User:
    """Somebody who came by the provider with these groups."""
    OutsideIdentity.objects.create(
        issuer="https://id.example.org", subject=user.username, user=user, groups=list(names),
        first_at=now(), last_at=now(),
    )  # fmt: skip
    return user


def plan(client: Client, text: str) -> str:
    return client.post(f"{PAGE}plan/", {"rules": text}).content.decode()


def applied(client: Client, text: str, planned: str, reason: str = WHY) -> Any:
    """Press the button under a plan."""
    found = re.search(r'name="plan" value="([0-9a-f]{64})"', planned)
    said = {"rules": text, "plan": found[1] if found else "", "reason": reason}
    return client.post(f"{PAGE}apply/", said, follow=True)


def held(user: User) -> list[str]:
    return [each.role for each in Grant.objects.filter(user=user, ended_at=None)]


def test_a_plan_says_what_would_change_for_whom_and_is_applied_with_a_reason(as_ada: Client) -> None:
    bea = known(build_user("bea"), "billing")
    assert "No rules" in as_ada.get(PAGE).content.decode()

    planned = plan(as_ada, BILLING)

    assert "1 rule added, 0 removed, 1 person concerned" in planned
    assert re.search(r"bea.*support at NORTH, revenue", planned, re.DOTALL)
    assert (held(bea), GroupRule.objects.count(), AuditRow.objects.count()) == ([], 0, 0)

    page = applied(as_ada, BILLING, planned).content.decode()

    assert "Applied" in page
    assert "billing,support,NORTH,revenue," in page, "as the form that changes it"
    given = Grant.objects.get(user=bea)
    assert (given.role, given.source, given.granted_by) == (
        "support",
        "group:billing",
        User.objects.get(username="ada"),
    )
    row = AuditRow.objects.get(act="group_rules_changed")
    assert (row.actor, row.reason) == ("ada", WHY)
    rule = f"billing: support, facility {build_facility('NORTH').pk}, revenue"
    assert row.changes == {"added": [rule], "removed": []}


def test_a_line_that_is_no_rule_is_named_and_nothing_can_be_applied(as_ada: Client) -> None:
    said = plan(as_ada, f"{BILLING}billing,boss,NORTH,,\n")

    assert "Line 3: role" in said
    assert 'name="plan"' not in said
    assert "billing,boss,NORTH" in said, "it stays to be mended"


@pytest.mark.parametrize("line", ["x" * 140_000, "a\rb,support,NORTH,,", "y" * 200_001])
def test_what_cannot_be_read_as_lines_is_refused_like_any_other(as_ada: Client, line: str) -> None:
    for door in ("plan", "apply"):
        answer = as_ada.post(f"{PAGE}{door}/", {"rules": BILLING + line, "reason": WHY})
        assert answer.status_code == 422
    assert not GroupRule.objects.exists()


def test_a_plan_that_others_have_overtaken_is_shown_anew(as_ada: Client) -> None:
    planned = plan(as_ada, BILLING)
    bea = known(build_user("bea"), "billing")

    page = applied(as_ada, BILLING, planned).content.decode()

    assert "Something changed meanwhile" in page
    assert held(bea) == []
    assert "Applied" in applied(as_ada, BILLING, page).content.decode()
    assert held(bea) == ["support"]


def test_without_a_reason_nothing_is_applied(as_ada: Client) -> None:
    page = applied(as_ada, BILLING, plan(as_ada, BILLING), "short")

    assert "at least 10 characters" in page.content.decode()
    assert not GroupRule.objects.exists()


def test_nobody_gives_themselves_anything_by_way_of_a_group(as_ada: Client) -> None:
    ada = known(User.objects.get(username="ada"), "everybody")
    rules = HEAD + "everybody,auditor,everywhere,,\n"

    said = plan(as_ada, rules)

    assert "Somebody else has to" in said
    assert "Somebody else has to" in applied(as_ada, rules, said).content.decode()
    assert held(ada) == ["administrator"]
    assert not GroupRule.objects.exists()


def test_who_decides_on_one_facility_neither_reads_nor_changes_rules(client: Client) -> None:
    bea = known(build_user("bea"), "billing")
    rule = groups.Rule("billing", Terms(role=Role.SUPPORT, facility_id=build_facility("NORTH").pk))
    groups.apply([rule], at=now())
    sign_in(client, build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",)))

    assert "billing" not in client.get(PAGE).content.decode()
    assert "billing" not in client.post(f"{PAGE}plan/", {"rules": HEAD}, follow=True).content.decode()
    applied(client, HEAD, "")

    assert held(bea) == ["support"]
