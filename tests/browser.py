"""A real Chromium, and what every page must stand in it."""

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SERIOUS = ("serious", "critical")
expect.set_options(
    timeout=30_000
)  # a busy machine takes its time, and who finds it at once waits for nothing


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run Debian's Chromium."""
    binary = shutil.which("chromium") or shutil.which("chromium-browser")
    assert binary, "Chromium is not installed; bin/test says how"
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=FLAGS)
        yield browser
        browser.close()
    assert os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE") == before


def note_faults(page: Page, complaints: list[str]) -> None:
    """Add to `complaints` whatever goes wrong in the page's scripts from now on."""
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))


def follow(what: Locator) -> None:
    """Click what leads to another page, and return when that page has loaded.

    A click waits for nothing: whatever came next would still meet the page that is going away.
    """
    with what.page.expect_navigation():
        what.click()


def wait_for_charts(page: Page) -> None:
    """Return when the page has loaded and every chart is drawn.

    (A function cannot be waited for: the policy forbids eval.)
    """
    page.wait_for_load_state()
    expect(page.locator("[data-chart]:not(.drawn)")).to_have_count(0, timeout=20_000)


def findings(page: Page, impacts: Collection[str] | None = None) -> list[tuple[str, list[object]]]:
    """Return what axe finds wrong once the charts are drawn, of some impacts or all: the rule, and where."""
    wait_for_charts(page)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]])
        for rule in found
        if impacts is None or rule["impact"] in impacts
    ]


def no_serious_findings(page: Page) -> None:
    """Fail where axe finds something serious or critical."""
    assert findings(page, SERIOUS) == []


def fits(page: Page) -> None:
    """Fail where the page scrolls sideways."""
    beyond = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(beyond) == 0
