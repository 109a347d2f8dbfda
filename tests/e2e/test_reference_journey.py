"""An administrator finds the payer that nobody answers for, and gives it an owner."""

import re
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from integrations.models import Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.browser import fits, follow, no_serious_findings
from tests.build import build_user, grant
from tests.build.reference import know
from tests.e2e.conftest import Open
from tests.ingest.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def reference(server: Server, django_db_blocker: Any) -> None:
    """Two payers, one without an owner, a plan, and a facility in a region."""
    with django_db_blocker.unblock():
        grant(build_user("rita"), Role.ADMINISTRATOR, at=None)
        know("payer", "MEDICARE", name="Medicare", owner="Contracting", steward="Contract desk")
        know("payer", "UNITED", name="United Trades", filing_days="90")
        know("plan", "UNITED-FUND", name="Members of the fund", parent="UNITED", owner="Contracting")
        network = add_place(PlaceKind.NETWORK, "ALL", "Cedarline", by=None, at=now())
        for code in ("LAKES", "WEST"):
            region = add_place(
                PlaceKind.REGION, code, f"{code.title()} region", parent=network, by=None, at=now()
            )
            facility = Place.objects.filter(kind=PlaceKind.FACILITY).order_by("code").first()
            assert facility is not None
            belong(facility, to=region, by=None, at=now(), reason="made there",
                   since=date(1900, 1, 1) if code == "LAKES" else date(2099, 1, 1))  # fmt: skip


def test_an_owner_is_found_for_a_payer(person: Open) -> None:
    someone = person("rita")
    page = someone.page
    follow(page.get_by_role("link", name="Reference data"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("reference entities have an owner")
    follow(page.get_by_role("link", name=re.compile("No owner.*Payers")))
    follow(page.get_by_role("link", name="United Trades"))
    follow(page.get_by_role("link", name="Change or end"))
    page.get_by_label("Owner", exact=True).fill("Contracting")
    follow(page.get_by_role("button", name="Keep"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("is decided on by Contracting")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_its_pages_are_readable_by_anyone_and_fit(person: Open, width: int, scheme: str) -> None:
    someone = person("rita", width=width, scheme=scheme)
    page = someone.page
    someone.go("/reference/places/")
    place = page.get_by_role("link", name="North Hospital").first.get_attribute("href")
    pages = ["", "payer/", "payer/UNITED/", "payer/UNITED/edit/", "places/"]
    for n, path in enumerate([*(f"/reference/{each}" for each in pages), str(place)]):
        someone.go(path)
        no_serious_findings(page)
        fits(page)
        someone.keep_picture(f"reference-{n}-{width}-{scheme}")
