"""Somebody reveals an identifier, and an auditor finds it by person and by the identifier itself."""

import pytest
from playwright.sync_api import expect

from tests.browser import fits, no_serious_findings
from tests.e2e.conftest import Open
from tests.e2e.test_journeys import search

pytestmark = pytest.mark.browser
CLAIM, WHY = "CLM1000012", "The payer called about this claim"


def test_a_reveal_and_its_audit_row(person: Open) -> None:
    sam = person("sam")
    search(sam, CLAIM)
    sam.page.get_by_role("button", name="Show in clear").click()
    sam.page.get_by_role("dialog").get_by_label("Reason").fill(WHY)
    sam.page.get_by_role("dialog").get_by_role("button", name="Show", exact=True).click()
    expect(sam.page.locator("#keys-card").get_by_text(CLAIM, exact=True)).to_be_visible()

    aki = person("aki")
    aki.page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit").click()
    no_serious_findings(aki.page)
    aki.keep_picture("audit-1440-light")
    aki.page.get_by_label("Person").select_option("sam")
    aki.page.get_by_label("Act", exact=True).select_option("revealed")
    aki.page.get_by_role("button", name="Apply").click()
    shown = aki.page.get_by_role("row").filter(has_text="showed the identifiers of")
    expect(shown.filter(has_text=WHY)).to_have_count(1)

    aki.page.get_by_role("link", name="Clear all").click()
    aki.page.get_by_label("Claim, account, payer control number").fill(CLAIM)
    aki.page.get_by_role("button", name="Find acts").click()
    expect(shown.filter(has_text=WHY)).to_have_count(1)
    expect(aki.page.get_by_role("row").filter(has_text="searched by identifier")).to_have_count(1)
    assert CLAIM not in aki.page.url
    no_serious_findings(aki.page)
    aki.keep_picture("audit-pasted-1440-light")

    shown.get_by_role("rowheader").get_by_role("link").click()
    expect(aki.page.get_by_role("heading", level=1)).to_contain_text("showed the identifiers of")
    no_serious_findings(aki.page)
    aki.keep_picture("audit-row-1440-light")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1440, "dark")])
def test_the_audit_is_readable_by_anyone(person: Open, width: int, scheme: str) -> None:
    aki = person("aki", width=width, scheme=scheme)
    aki.go("/audit/")
    no_serious_findings(aki.page)
    fits(aki.page)
    aki.keep_picture(f"audit-{width}-{scheme}")
