"""Adding second factors and signing in with them, in a real browser with a real key's stand-in."""

import re
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from observability.core.clock import now
from tests.browser import follow, no_serious_findings
from tests.build import PASSWORD
from tests.build.factors import code_of
from tests.e2e.conftest import Person
from tests.ingest.serving import Server

pytestmark = pytest.mark.browser
ALWAYS_TOUCHED = {
    "protocol": "ctap2", "transport": "usb", "isUserVerified": True, "hasUserVerification": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def sam(chromium: Browser, server: Server) -> Iterator[Person]:
    """Sam at `localhost`: a key is bound to a name and takes no number. His key is always touched."""
    window = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    someone = Person(window.new_page(), server.url.replace("127.0.0.1", "localhost"))
    keys = window.new_cdp_session(someone.page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": ALWAYS_TOUCHED})
    someone.page.on(
        "console", lambda said: someone.complaints.append(said.text) if said.type == "error" else None
    )
    someone.page.on("pageerror", lambda fault: someone.complaints.append(str(fault)))
    yield someone
    window.close()
    assert someone.complaints == []


def looked_at(sam: Person, name: str) -> None:
    """Check a page for who listens instead of looking, and leave pictures for who looks."""
    no_serious_findings(sam.page)
    pictures: list[tuple[int, Literal["light", "dark"]]] = [(1440, "light"), (390, "dark")]
    for width, scheme in pictures:
        sam.page.set_viewport_size({"width": width, "height": 900})
        sam.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert sam.page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name
        sam.keep_picture(f"mfa-{name}-{width}-{scheme}")
    sam.page.set_viewport_size({"width": 1440, "height": 900})
    sam.page.emulate_media(color_scheme="light")


def second_step(sam: Person) -> None:
    """Sign out, and in again as far as the password goes."""
    sam.go("/account/")
    follow(sam.page.get_by_role("button", name="Sign out"))
    sam.page.get_by_label("User name").fill("sam")
    sam.page.get_by_label("Password").fill(PASSWORD)
    follow(sam.page.get_by_role("button", name="Sign in"))
    expect(sam.page.get_by_role("heading", name="Show that it is you")).to_be_visible()


def test_somebody_adds_an_app_and_a_key_and_signs_in_with_each_of_them(sam: Person) -> None:
    page = sam.page
    sam.sign_in("sam")
    sam.go("/account/")
    follow(page.get_by_role("link", name="Add a second factor"))
    looked_at(sam, "enrol")

    follow(page.get_by_role("link", name="Use an app"))
    secret = (page.locator("code.long").text_content() or "").replace(" ", "")
    looked_at(sam, "app")
    page.get_by_label("Code").fill(code_of(secret, now()))
    follow(page.get_by_role("button", name="Add the app"))

    expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
    looked_at(sam, "codes")
    codes = [text.replace(" ", "") for text in page.locator(".codes code").all_text_contents()]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them").click()
    kept = download.value.path().read_text()
    assert codes == re.findall(r"^\d{8}$", kept, re.MULTILINE)
    follow(page.get_by_role("link", name="I have kept them"))
    page.wait_for_url(f"{sam.url}/")

    second_step(sam)
    page.get_by_label("Code").fill(codes[0])
    follow(page.get_by_role("button", name="Sign in with the code"))
    page.wait_for_url(f"{sam.url}/")

    sam.go("/account/second-factor/key/")
    looked_at(sam, "key")
    page.get_by_label("What you call it").fill("Blue key at home")
    follow(page.get_by_role("button", name="Add the key"))
    expect(page.get_by_role("rowheader", name="Blue key at home")).to_be_visible()
    expect(page.get_by_text("9 left")).to_be_visible()
    looked_at(sam, "account")

    second_step(sam)
    looked_at(sam, "second-step")
    follow(page.get_by_role("button", name="Use a security key"))
    page.wait_for_url(f"{sam.url}/")
