"""A real Chromium that is served the sample pages, with the product's own content security policy."""

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route

from tests import browser

ORIGIN = "http://throughline.test"


@dataclass
class Served:
    """One sample page in a browser, and what went wrong there."""

    page: Page
    template: str
    context: dict[str, Any]
    fragment: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        """Serve the page, its fragment to htmx, and static files; note whatever else is asked for."""
        url = route.request.url
        if not url.startswith(ORIGIN):
            self.complaints.append(f"request leaves the host: {url}")
            return route.abort()
        path = url.removeprefix(ORIGIN).partition("?")[0]
        self.asked.append(path)
        if path.startswith("/static/"):
            found = finders.find(path.removeprefix("/static/"))
            if found is None:
                self.complaints.append(f"missing: {path}")
                return route.fulfill(status=404)
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            return route.fulfill(body=Path(found).read_bytes(), content_type=kind)
        part = f"#{self.fragment}" if "hx-request" in route.request.headers else ""
        html = render_to_string(self.template + part, self.context)
        headers = {"Content-Security-Policy": build_policy(nonce="test")}
        return route.fulfill(body=html, content_type="text/html; charset=utf-8", headers=headers)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with browser.chromium() as running:
        yield running


@pytest.fixture
def serve(chromium: Browser) -> Iterator[Callable[..., Served]]:
    """Open a sample page: `serve(template, context, fragment, width=…, scheme=…, scripts=…, timed=…)`."""
    opened = []

    def open_page(
        template: str, context: dict[str, Any], fragment: str = "", *, width: int = 1440,
        scheme: Literal["light", "dark"] = "light", scripts: bool = True, timed: bool = False,
    ) -> Served:  # fmt: skip
        window = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=scripts,
            has_touch=width < 500,
        )  # fmt: skip
        opened.append(window)
        served = Served(window.new_page(), template, context, fragment)
        browser.note_faults(served.page, served.complaints)
        served.page.route("**/*", served.answer)
        if timed:
            served.page.clock.install()
        served.page.goto(f"{ORIGIN}/transactions/")
        return served

    yield open_page
    for window in opened:
        window.close()
