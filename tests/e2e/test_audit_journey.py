"""Somebody reveals an identifier, and an auditor finds it by person and by the identifier itself."""

import pytest
from playwright.sync_api import expect

from tests.browser import fits, follow, no_serious_findings
from tests.e2e.conftest import Open
from tests.e2e.test_journeys import search

pytestmark = pytest.mark.browser
CLAIM, WHY = "CLM1000012", "The payer called about this claim"


def test_a_reveal_and_its_audit_row(person: Open) -> None:
    sam = person("sam")
    search(sam, CLAIM)
    dialog = sam.page.get_by_role("dialog")
    sam.page.get_by_role("button", name="Show in clear").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill(WHY)
    follow(dialog.get_by_role("button", name="Show", exact=True))
    expect(sam.page.locator("#keys-card").get_by_text(CLAIM, exact=True)).to_be_visible()

    aki = person("aki")
    follow(aki.page.get_by_role("navigation", name="Main").get_by_role("link", name="Audit"))
    no_serious_findings(aki.page)
    aki.keep_picture("audit-1440-light")
    aki.page.get_by_label("Person").select_option("sam")
    aki.page.get_by_label("Act", exact=True).select_option("revealed")
    follow(aki.page.get_by_role("button", name="Apply"))
    shown = aki.page.get_by_role("row").filter(has_text="showed the identifiers of")
    expect(shown.filter(has_text=WHY)).to_have_count(1)

    follow(aki.page.get_by_role("link", name="Clear all"))
    aki.page.get_by_label("Claim, account, payer control number").fill(CLAIM)
    follow(aki.page.get_by_role("button", name="Find acts"))
    expect(shown.filter(has_text=WHY)).to_have_count(1)
    expect(aki.page.get_by_role("row").filter(has_text="searched by identifier")).to_have_count(1)
    assert CLAIM not in aki.page.url
    no_serious_findings(aki.page)
    aki.keep_picture("audit-pasted-1440-light")

    follow(shown.get_by_role("rowheader").get_by_role("link"))
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
