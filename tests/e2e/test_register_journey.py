"""An engineer finds the interface that nobody answers for, and gives it an owner."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from integrations.models import Connector
from observability.core.clock import now
from tests.browser import fits, follow, no_serious_findings
from tests.build.register import declare_flow, see
from tests.e2e.conftest import Open
from tests.ingest.serving import Server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def register(server: Server, django_db_blocker: Any) -> None:
    """Declare two systems with an owner and an interface without."""
    with django_db_blocker.unblock():
        declare_flow("charges-north", at=("NORTH",))
        feed = Connector.objects.get(name="clearinghouse")
        see("interface", "charges-north", by=feed, at="NORTH", on=now(), n=1_240)
        see("interface", "lab-orders", by=feed, at="NORTH", on=now(), n=37)


def test_an_owner_is_found_for_an_interface(person: Open) -> None:
    someone = person("ines")
    page = someone.page
    follow(page.get_by_role("link", name="Catalogue"))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "2 of 3 entries have an owner (66 %); 1 has none."
    )
    someone.keep_picture("catalogue")
    follow(page.get_by_role("link", name="No owner", exact=True))
    follow(page.get_by_role("link", name="Charges-North"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("has no owner")
    follow(page.get_by_role("link", name="Change"))
    page.get_by_label("Owner", exact=True).fill("Charge integration team")
    follow(page.get_by_role("button", name="Keep"))
    page.wait_for_url(re.compile(r"/catalogue/interface/charges-north/$"))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Charge integration team")
    expect(page.locator("#entry")).to_contain_text("ines")
    someone.keep_picture("catalogue-entry")
    someone.go("/catalogue/")
    expect(page.get_by_role("heading", level=1)).to_have_text("3 of 3 entries have an owner (100 %).")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_its_pages_are_readable_by_anyone_and_fit(person: Open, width: int, scheme: str) -> None:
    someone = person("ines", width=width, scheme=scheme)
    page = someone.page
    for name, path in {"catalogue": "", "entry": "interface/charges-north/",
                       "worklist": "worklist/", "proposal": "worklist/interface/lab-orders/",
                       "edit": "interface/charges-north/edit/",
                       "import": "import/"}.items():  # fmt: skip
        someone.go(f"/catalogue/{path}")
        no_serious_findings(page)
        fits(page)
        someone.keep_picture(f"register-{name}-{width}-{scheme}")
