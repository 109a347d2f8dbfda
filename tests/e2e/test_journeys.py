"""What people do with it, from signing in to the one transaction they came for, in a real browser."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from observability.accounts.models import Reveal, User
from observability.core import clock
from tests.browser import fits, follow, no_serious_findings
from tests.e2e.conftest import Open, Person

pytestmark = pytest.mark.browser
CLAIM = "CLM0007714"
SHOWN = timedelta(minutes=10)
PAGES = {"board": "/", "list": "/transactions/", "connectors": "/connectors/", "account": "/account/"}


def main_links(page: Page) -> list[str]:
    """Return where the rail leads."""
    return page.get_by_role("navigation", name="Main").get_by_role("link").all_inner_texts()


def search(someone: Person, text: str) -> None:
    """Paste an identifier and press Enter."""
    someone.page.get_by_role("searchbox").fill(text)
    with someone.page.expect_navigation(url=re.compile(r"search=")):
        someone.page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("name", "links"),
    [
        ("eva", ["Board", "Transactions", "Catalogue", "Reference data"]),
        ("sam", ["Board", "Transactions", "Connectors", "Catalogue", "Reference data", "Break the glass"]),
        ("ines", ["Board", "Transactions", "Connectors", "Catalogue", "Reference data", "Data inventory"]),
        (
            "ada",
            ["Board", "Connectors", "Catalogue", "Reference data", "Data inventory", "Retention", "Access"],
        ),
        (
            "aki",
            [
                "Board",
                "Transactions",
                "Connectors",
                "Catalogue",
                "Reference data",
                "Data inventory",
                "Retention",
                "Access",
                "Audit",
            ],
        ),
    ],
)
def test_each_role_signs_in_and_is_offered_what_it_may_open(
    person: Open, name: str, links: list[str]
) -> None:
    someone = person(name)
    assert [link for link in main_links(someone.page) if link != "API"] == links
    someone.keep_picture(f"board-{name}")
    follow(someone.page.get_by_role("button", name="Sign out"))
    expect(someone.page.get_by_role("button", name="Sign in")).to_be_visible()


def test_from_the_board_to_a_number_to_its_list_to_one_of_them_and_back(person: Open) -> None:
    page = person("sam").page
    follow(page.locator('.tiles a[href^="/kpis/"]').first)
    page.wait_for_url(re.compile(r"/kpis/\w+/(\?|$)"))
    measure = page.url
    follow(page.locator('main a[href*="/transactions/"]').first)
    page.wait_for_url(re.compile(r"/kpis/\w+/transactions/"))
    listed = page.url
    follow(page.locator("main tbody a.row-link").first)
    page.wait_for_url(re.compile(r"/transactions/[0-9a-f-]{36}/"))
    expect(page.get_by_role("heading", name="What was said, and when")).to_be_visible()
    for url in (listed, measure):
        page.go_back()
        page.wait_for_url(url)
    page.go_back()
    expect(page.get_by_role("heading", name="Claims and reimbursement")).to_be_visible()


def test_an_identifier_leads_to_its_claim_and_never_stands_in_an_address(person: Open) -> None:
    someone = person("sam")
    page = someone.page
    search(someone, CLAIM)

    assert CLAIM not in page.url
    expect(page.get_by_role("searchbox")).to_have_value(CLAIM)
    expect(page.get_by_role("heading", level=1)).to_contain_text("no prior authorization or notice")
    expect(page.get_by_role("heading", level=1)).to_contain_text("$300.00 not paid")
    expect(page.locator("#keys-card")).to_contain_text(CLAIM)
    someone.keep_picture("transaction")

    found = page.url
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value(CLAIM)
    follow(page.get_by_role("link", name="Transactions").first)
    page.wait_for_url(re.compile(r"/transactions/$"))
    page.go_back()
    page.wait_for_url(found)


def test_what_is_not_there_says_what_to_try_instead(person: Open) -> None:
    someone = person("sam")
    search(someone, "NOBODY-1")
    expect(someone.page.get_by_text("Nothing found for what you pasted")).to_be_visible()
    someone.keep_picture("nothing-found")


def test_filters_swap_the_results_keep_the_focus_and_make_an_address(person: Open) -> None:
    someone = person("sam")
    page = someone.page
    someone.go("/transactions/")
    page.get_by_label("State").select_option("late")
    apply = page.get_by_role("button", name="Apply")
    apply.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"state=late"))

    expect(apply).to_be_focused()
    expect(page.locator("#transactions tbody tr").first).to_contain_text("Late")
    assert "amount_from" not in page.url
    page.reload()
    expect(page.get_by_label("State")).to_have_value("late")
    someone.keep_picture("list-late")


def test_pages_of_the_list_go_there_and_back(person: Open) -> None:
    someone = person("sam")
    page = someone.page
    someone.go("/transactions/?seen=all")
    first = page.locator("#transactions tbody a").first.get_attribute("href")
    page.get_by_role("link", name="Older").click()
    page.wait_for_url(re.compile(r"after="))
    expect(page.locator("#transactions tbody tr")).to_have_count(11)
    page.get_by_role("link", name="Newer").click()
    page.wait_for_url(re.compile(r"before="))
    expect(page.locator("#transactions tbody a").first).to_have_attribute("href", str(first))


def test_by_keyboard_alone(person: Open) -> None:
    page = person("sam").page
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(CLAIM)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/transactions/[0-9a-f-]{36}/"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#main$"))
    opener = page.get_by_role("button", name="Show in clear")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_page_that_keeps_itself_current_says_that_nobody_pressed_anything(person: Open) -> None:
    page = person("sam").page
    page.clock.install()
    page.reload()
    expect(page.get_by_label("Keep current")).to_be_checked()
    with page.expect_request(lambda request: request.headers.get("hx-request") == "true") as asked:
        page.clock.run_for(61_000)

    assert asked.value.headers["x-polling"] == "1"


def test_identifiers_in_clear_for_a_reason(person: Open) -> None:
    someone = person("sam")
    page = someone.page
    search(someone, f"A-{CLAIM}")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Show in clear").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("The payer called about this claim")
    follow(dialog.get_by_role("button", name="Show"))
    expect(page.locator("#keys-card")).to_contain_text("In clear for")
    expect(page.locator("#keys-card")).to_contain_text(f"ICN-{CLAIM}")
    someone.keep_picture("transaction-in-clear")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark"), (390, "light")])
@pytest.mark.parametrize("name", [*PAGES, "transaction", "connector"])
def test_a_page_is_readable_by_anyone_and_fits(person: Open, name: str, width: int, scheme: str) -> None:
    someone = person("sam", width=width, scheme=scheme)
    page = someone.page
    if name == "transaction":
        search(someone, CLAIM)
    else:
        someone.go(PAGES.get(name, "/connectors/clearinghouse/"))
    no_serious_findings(page)
    fits(page)
    someone.keep_picture(f"{name}-{width}-{scheme}")


def _reveal(transaction_id: str) -> None:
    at = clock.now()
    Reveal.objects.create(
        user=User.objects.get(username="sam"),
        transaction_id=transaction_id,
        reason="a call about this claim",
        granted_at=at,
        expires_at=at + SHOWN,
    )


def _let_it_be_over(transaction_id: str) -> None:
    Reveal.objects.filter(transaction_id=transaction_id).update(expires_at=clock.now())


def _beside(ask: Callable[[str], None], transaction_id: str) -> None:
    """Ask the database from another thread: the browser's loop holds this one."""

    def asked() -> None:
        try:
            ask(transaction_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        other.submit(asked).result()


def test_what_was_shown_in_clear_masks_itself_when_its_time_is_over(person: Open) -> None:
    someone = person("sam")
    number = "CLM1000006"  # another than the one that somebody has opened for a quarter of an hour
    search(someone, number)
    claim = re.search(r"/transactions/([0-9a-f-]{36})/", someone.page.url)
    assert claim is not None
    _beside(_reveal, claim.group(1))
    someone.page.clock.install()
    someone.page.goto(f"{someone.url}/transactions/{claim.group(1)}/")
    keys = someone.page.locator("#keys-card")
    expect(keys.get_by_text(number, exact=True)).to_be_visible()
    someone.keep_picture("revealed")
    _beside(_let_it_be_over, claim.group(1))
    someone.page.clock.fast_forward(int(SHOWN.total_seconds() + 1) * 1_000)
    expect(keys.get_by_text(number, exact=True)).to_have_count(0)
    expect(someone.page.get_by_role("button", name="Show in clear")).to_be_visible()
