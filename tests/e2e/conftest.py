"""A real server with claims that came by its own door, and people with a real browser in front of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from django.core.management import call_command
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from integrations.ingest import auth, crosswalks, limits, pressure
from kpis.rollup.consume import consume_changes
from observability.accounts.roles import Role
from observability.core import clock
from tests import browser
from tests.build import PASSWORD, build_facility, build_user
from tests.build.audit import empty_audit
from tests.build.claims import acked, denied, posted, remitted, submitted
from tests.build.days import empty
from tests.ingest.posting import BATCH, poster
from tests.ingest.serving import Server, serving
from tracing.storage import keys, wordings
from tracing.storage.drain import drain

SCREENSHOTS = Path(__file__).resolve().parents[2] / "var" / "screenshots"
PEOPLE = {
    "eva": (Role.EXECUTIVE, ("NORTH", "SOUTH")),
    "sam": (Role.SUPPORT, ("NORTH",)),
    "ines": (Role.ENGINEER, ("NORTH", "SOUTH")),
    "ada": (Role.ADMINISTRATOR, ("SOUTH",)),
    "aki": (Role.AUDITOR, ("NORTH",)),
}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def _claims() -> list[dict[str, Any]]:
    """Sixty claims in every state, over the last weeks; one of them told in full."""
    at = clock.now().replace(microsecond=0)
    told: list[dict[str, Any]] = [
        submitted("CLM0007714", at - timedelta(days=9), amount="300.00", trace_id=TRACE),
        acked("CLM0007714", at - timedelta(days=8), outcome="rejected", reason="A7:562:85"),
        submitted("CLM0007714", at - timedelta(days=7), amount="300.00", frequency="7", set="S/2/1",
                  batch="B2", sequence=107),
        acked("CLM0007714", at - timedelta(days=6), batch="B2"),
        denied("CLM0007714", at - timedelta(days=2)),
    ]  # fmt: skip
    for n in range(60):
        number, begun = f"CLM10{n:05d}", at - timedelta(days=1 + n % 20, hours=n % 7)
        told.append(submitted(number, begun, amount=f"{200 + 37 * n}.00"))
        if n % 3 == 0:
            told.append(acked(number, begun + timedelta(hours=20)))
        if n % 6 == 0:
            told.append(remitted(number, begun + timedelta(hours=30)))
        if n % 12 == 0:
            told.append(posted(number, begun + timedelta(hours=31)))
        if n % 10 == 1:
            told.append(denied(number, begun + timedelta(hours=40), amount=f"{200 + 37 * n}.00"))
    return told


def _forget() -> None:
    for module in (auth, crosswalks, limits, pressure):
        module.forget()
    keys.forget_issuers()
    wordings.forget()


@pytest.fixture(scope="module")
def db(django_db_setup: None) -> None:
    """The test database for a whole module. A transaction around each test would hide it from the server.

    The name matters: only for tests that ask for `db` (or carry its mark) is a test database made at all.
    """


@pytest.fixture(scope="module")
def server(db: None, django_db_blocker: Any) -> Iterator[Server]:
    """The product behind gunicorn; what it shows was posted to it, drained and rolled up."""
    with django_db_blocker.unblock():
        assert str(connection.settings_dict["NAME"]).startswith("test_"), "this is no test database"
        _forget()
        build_facility("SOUTH")
        for name, (role, places) in PEOPLE.items():
            build_user(name, role=role, at=places)
        sender = poster("clearinghouse", facilities=("NORTH",))
        with serving() as running:
            headers = {"Authorization": f"Bearer {sender.key}", "Content-Type": BATCH}
            status, _, body = running.request("/api/v1/events", json.dumps(_claims()).encode(), headers)
            assert status == 200, body
            drain(seconds=60)
            consume_changes()
            yield running
        _forget()
        call_command("flush", interactive=False, verbosity=0)
        empty("inbox", "span")
        empty_audit()


@dataclass
class Person:
    """Somebody at a browser, and what went wrong there."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, name: str) -> None:
        """Sign in by the form."""
        self.page.goto(f"{self.url}/")
        self.page.get_by_label("User name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        browser.follow(self.page.get_by_role("button", name="Sign in"))
        expect(self.page).to_have_url(f"{self.url}/")

    def go(self, path: str) -> None:
        """Open an address of the product."""
        self.page.goto(f"{self.url}{path}")

    def keep_picture(self, name: str) -> None:
        """Leave a picture of the loaded page for a person to look at."""
        self.page.wait_for_load_state()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture(scope="module")
def chromium(server: Server) -> Iterator[Browser]:
    """Debian's Chromium; started after the last question to the database from here."""
    with browser.chromium() as running:
        yield running


Open = Callable[..., Person]


@pytest.fixture
def person(chromium: Browser, server: Server) -> Iterator[Open]:
    """Put somebody in front of a window: `person("sam", width=…, scheme=…)`, signed in."""
    opened: list[tuple[Any, Person]] = []

    def arrive(name: str = "", *, width: int = 1440, scheme: Literal["light", "dark"] = "light") -> Person:
        window = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, has_touch=width < 500
        )
        someone = Person(window.new_page(), server.url)
        opened.append((window, someone))

        def watch(url: str) -> None:
            if not url.startswith((server.url, "data:", "blob:")):
                someone.complaints.append(f"request leaves the host: {url}")

        someone.page.on("request", lambda request: watch(request.url))
        browser.note_faults(someone.page, someone.complaints)
        if name:
            someone.sign_in(name)
        return someone

    yield arrive
    for window, _ in opened:
        window.close()
    assert [someone.complaints for _, someone in opened if someone.complaints] == []
