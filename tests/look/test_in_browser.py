"""What only a browser can tell: contrast, focus, keyboard, swaps, charts, narrow windows."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import findings, fits, follow, wait_for_charts
from tests.look import samples, tracing_samples
from tests.look.conftest import Served

pytestmark = pytest.mark.browser
Serve = Callable[..., Served]

PAGES: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "board": ("kpis/board.html", samples.board),
    "kpi": ("kpis/kpi.html", samples.kpi),
    "transactions": ("tracing/transactions.html", lambda: tracing_samples.transactions(12)),
    "nothing found": ("tracing/transactions.html", lambda: tracing_samples.transactions(0, q="X", active=[])),
    "transaction": ("tracing/transaction.html", tracing_samples.transaction),
    "connectors": ("integrations/connectors.html", tracing_samples.connectors),
    "connector": ("integrations/connector.html", tracing_samples.connector),
    "sign in": ("accounts/sign_in.html", dict),
    "not found": ("errors/404.html", lambda: {"request_id": "01JD8Q277"}),
}


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (360, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_anyone_and_fits(serve: Serve, name: str, width: int, scheme: str) -> None:
    template, sample = PAGES[name]
    served = serve(template, sample(), width=width, scheme=scheme)

    assert findings(served.page) == []
    fits(served.page)
    assert served.complaints == []


@pytest.mark.parametrize("name", ["board", "transactions", "transaction"])
def test_whatever_takes_the_focus_shows_it(serve: Serve, name: str) -> None:
    template, sample = PAGES[name]
    page = serve(template, sample()).page
    shown = """() => {
        const node = document.activeElement;
        const seen = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
        return seen(getComputedStyle(node)) || seen(getComputedStyle(node, "::after")) ? "" : node.outerHTML;
    }"""
    stops = 0
    page.keyboard.press("Tab")
    while stops < 40 and page.evaluate("document.activeElement !== document.body"):
        assert page.evaluate(shown) == ""
        stops += 1
        page.keyboard.press("Tab")
    assert stops > 15


def test_the_first_tab_offers_to_skip_to_the_content(serve: Serve) -> None:
    page = serve("kpis/board.html", samples.board()).page

    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"#main$"))
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)


def test_the_slash_goes_to_the_search_box_but_is_typed_inside_a_field(serve: Serve) -> None:
    page = serve("kpis/board.html", samples.board()).page

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("a/b")
    assert page.input_value("#q") == "a/b"


def test_a_filter_keeps_the_focus_says_how_many_and_leaves_a_clean_address(serve: Serve) -> None:
    context = tracing_samples.transactions(5, summary="5 transactions", active=[])
    served = serve("tracing/transactions.html", context, "results")
    page = served.page

    page.select_option("#f-outcome", "late")
    page.focus("#f-amount-from")
    page.keyboard.type("100")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("5 transactions")

    expect(page.locator("#f-amount-from")).to_be_focused()
    assert "outcome=late" in page.url
    assert "amount_from=100" in page.url
    assert "amount_to" not in page.url
    assert page.locator("h1").count() == 1
    assert served.complaints == []


def test_the_next_page_of_rows_is_reached_by_keyboard_and_is_an_address(serve: Serve) -> None:
    page = serve("tracing/transactions.html", tracing_samples.transactions(5), "results").page

    page.focus("a[rel=next]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/transactions/?after=x")

    expect(page.locator("a[rel=next]")).to_be_focused()


def test_filters_work_without_scripts(serve: Serve) -> None:
    page = serve("tracing/transactions.html", tracing_samples.transactions(5), scripts=False).page

    page.select_option("#f-outcome", "late")
    follow(page.get_by_role("button", name="Apply"))

    assert "outcome=late" in page.url


def test_the_menu_of_a_narrow_window_needs_no_scripts(serve: Serve) -> None:
    page = serve("kpis/board.html", samples.board(), width=390, scripts=False).page

    assert not page.get_by_role("link", name="Transactions", exact=True).is_visible()
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="Transactions", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_the_menu_closes_by_escape_and_gives_the_focus_back(serve: Serve) -> None:
    page = serve("kpis/board.html", samples.board(), width=390).page

    menu = page.get_by_role("button", name="Menu")
    menu.click()
    expect(page.get_by_role("link", name="Connectors")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("link", name="Connectors")).to_be_hidden()
    expect(menu).to_be_focused()


def test_a_reveal_asks_for_a_reason_and_can_be_left_by_keyboard(serve: Serve) -> None:
    page = serve("tracing/transaction.html", tracing_samples.transaction()).page

    page.focus("[data-dialog=reveal]")
    reason = page.get_by_role("dialog").get_by_label("Reason")
    page.keyboard.press("Enter")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("required", "")
    page.keyboard.press("Escape")
    expect(page.locator("[data-dialog=reveal]")).to_be_focused()


def test_a_refused_reason_opens_the_dialog_again(serve: Serve) -> None:
    refused = {"allowed": True, "url": "/r/", "until": None, "error": "Say what you need it for."}
    page = serve("tracing/transaction.html", tracing_samples.transaction(reveal=refused)).page

    assert page.get_by_text("Say what you need it for.").is_visible()


def test_a_chart_follows_the_theme(serve: Serve) -> None:
    served = serve("kpis/board.html", samples.board())
    wait_for_charts(served.page)
    bar = served.page.locator(".plot .point path").first

    expect(bar).to_have_css("fill", "rgb(11, 95, 174)")
    served.page.emulate_media(color_scheme="dark")
    expect(bar).to_have_css("fill", "rgb(108, 178, 245)")


def test_a_chart_is_drawn_again_after_a_swap(serve: Serve) -> None:
    served = serve("kpis/board.html", samples.board(), "board")
    page = served.page
    wait_for_charts(served.page)

    page.evaluate("document.querySelector('.plot').dataset.before = '1'")
    page.evaluate("htmx.ajax('GET', '/', {target: '#board', swap: 'outerHTML'})")
    expect(page.locator("#live")).to_contain_text("Board as of")
    wait_for_charts(served.page)

    expect(page.locator(".plot:not([data-before]) .point")).to_have_count(8)
    assert served.complaints == []


def test_an_open_page_keeps_itself_current_in_silence_until_told_not_to(serve: Serve) -> None:
    served = serve("integrations/connectors.html", tracing_samples.connectors(), "connectors", timed=True)
    page = served.page
    page.focus("#connectors a.row-link")
    served.context["page"]["coverage"] = "4 of 4 reporting"

    page.clock.run_for(61_000)
    expect(page.get_by_text("4 of 4 reporting")).to_be_visible()
    # The swap has happened by now; the focus is put back when the page has settled, which no clock drives.
    expect(page.locator("#connectors a.row-link").first).to_be_focused()
    page.clock.run_for(1_000)
    assert page.locator("#live").text_content() == ""

    page.route("**/*", lambda route: route.fulfill(status=503))
    page.clock.run_for(60_000)
    expect(page.get_by_text("It shows what it showed before")).to_be_visible()
    page.unroute("**/*")
    page.route("**/*", served.answer)
    page.clock.run_for(60_000)
    expect(page.get_by_text("It shows what it showed before")).to_be_hidden()

    page.get_by_label("Keep current").uncheck()
    served.context["page"]["coverage"] = "2 of 4 reporting"
    asked = len(served.asked)
    page.clock.run_for(120_000)
    assert len(served.asked) == asked


def test_a_page_without_a_chart_does_not_load_plotly(serve: Serve) -> None:
    served = serve("integrations/connectors.html", tracing_samples.connectors())
    served.page.wait_for_load_state("networkidle")

    assert not [path for path in served.asked if "plotly" in path]


def test_paper_shows_the_numbers_and_not_the_controls(serve: Serve) -> None:
    served = serve("kpis/board.html", samples.board())
    page = served.page
    wait_for_charts(served.page)

    page.emulate_media(media="print")

    assert not page.locator(".rail").is_visible()
    assert not page.locator("#find").is_visible()
    assert page.locator("h1").is_visible()
    assert len(page.pdf()) > 10_000
