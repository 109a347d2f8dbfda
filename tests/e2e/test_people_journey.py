"""Groups are given roles, departments are protected, people switched off and on again, in a real browser."""

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from observability.accounts.models import OutsideIdentity
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.browser import fits, follow, no_serious_findings
from tests.build import build_user, grant
from tests.e2e.conftest import Open
from tests.ingest.serving import Server

pytestmark = pytest.mark.browser
RULES = "group,role,where,domain,classes\nbilling,support,NORTH,revenue,\n"


@pytest.fixture(scope="module", autouse=True)
def _people(server: Server, django_db_blocker: Any) -> None:
    """Olga decides on access everywhere; Bea came by the organisation's sign-in, from the billing team."""
    with django_db_blocker.unblock():
        grant(build_user("olga"), Role.ADMINISTRATOR, at=None)
        OutsideIdentity.objects.create(
            issuer="https://id.example.org", subject="bea", user=build_user("bea"), groups=["billing"],
            first_at=now(), last_at=now(),
        )  # fmt: skip


def switch(page: Page, button: str) -> None:
    """Press it, say why in the dialog, and press it there."""
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name=button).click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("On a leave until the spring")
    no_serious_findings(page)
    follow(dialog.get_by_role("button", name=button))


def test_what_groups_give_is_tried_out_and_applied(person: Open) -> None:
    olga = person("olga")
    page = olga.page
    olga.go("/access/")
    follow(page.get_by_role("link", name="What groups give"))
    expect(page.get_by_text("No rules")).to_be_visible()
    page.get_by_label("All rules, one a line").fill(RULES)
    follow(page.get_by_role("button", name="Show what would change"))

    expect(page.get_by_role("heading", name="1 rule added, 0 removed, 1 person concerned")).to_be_visible()
    no_serious_findings(page)
    fits(page)
    olga.keep_picture("groups-plan-1440-light")
    page.get_by_label("Reason").fill("The billing team moved to our desk")
    follow(page.get_by_role("button", name="Apply"))

    expect(page.get_by_text("Applied: 1 rule added")).to_be_visible()
    expect(page.get_by_role("rowheader", name="billing")).to_be_visible()
    no_serious_findings(page)
    fits(page)
    olga.keep_picture("groups-1440-light")
    olga.go("/access/people/bea/")
    expect(page.get_by_role("region", name="Grants").get_by_text("North Hospital")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_sensitive_department_is_named(person: Open, width: int, scheme: Literal["light", "dark"]) -> None:
    olga = person("olga", width=width, scheme=scheme)
    page = olga.page
    olga.go("/access/departments/")
    page.get_by_role("combobox", name="Facility").select_option("North Hospital")
    page.get_by_role("textbox", name="Department").fill(f"DETOX {width}")
    page.get_by_label("Reason", exact=True).last.fill("42 CFR Part 2: substance use")
    follow(page.get_by_role("button", name="Add it"))

    expect(page.get_by_role("rowheader", name=f"DETOX {width}")).to_be_visible()
    no_serious_findings(page)
    fits(page)
    olga.keep_picture(f"departments-{width}-{scheme}")


def test_somebody_is_switched_off_while_they_work_and_on_again(person: Open) -> None:
    sam, olga = person("sam"), person("olga", width=390, scheme="dark")
    olga.go("/access/people/sam/")

    switch(olga.page, "Switch off")

    expect(olga.page.get_by_text("sam is switched off, and signed out everywhere.")).to_be_visible()
    fits(olga.page)
    olga.keep_picture("switched-off-390-dark")
    follow(sam.page.get_by_role("link", name="Transactions"))
    expect(sam.page.get_by_role("button", name="Sign in")).to_be_visible()

    switch(olga.page, "Switch on")

    expect(olga.page.get_by_text("sam is switched on, and may sign in again.")).to_be_visible()
    sam.sign_in("sam")
