"""Breaking the glass and reviewing who may see what, in a real browser."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from observability.core.clock import now
from tests.browser import follow, no_serious_findings
from tests.e2e.conftest import Open

pytestmark = pytest.mark.browser


def test_a_glass_is_broken_seen_by_others_and_closed_again(person: Open) -> None:
    sam = person("sam")
    sam.go("/access/glass/")
    no_serious_findings(sam.page)
    sam.keep_picture("glass-1440-light")
    sam.page.get_by_label("Code of the facility").fill("SOUTH")
    sam.page.get_by_label("Reason").fill("On call: SOUTH cannot bill tonight")
    follow(sam.page.get_by_role("button", name="Open it"))

    expect(sam.page.get_by_text("You opened South Hospital until")).to_be_visible()
    sam.go("/transactions/")
    expect(sam.page.get_by_text("You opened South Hospital until")).to_be_visible()
    no_serious_findings(sam.page)
    sam.keep_picture("glass-open-1440-light")

    ada = person("ada")
    ada.go("/access/")
    no_serious_findings(ada.page)
    ada.keep_picture("access-1440-light")
    follow(ada.page.get_by_role("button", name="Acknowledge"))
    expect(ada.page.get_by_role("button", name="Acknowledge")).to_have_count(0)

    sam.go("/transactions/")
    follow(sam.page.get_by_role("button", name="Close it"))
    expect(sam.page.get_by_text("You opened South Hospital until")).to_have_count(0)


def test_a_wall_shows_the_board_and_nothing_to_reach_for_until_it_is_ended(person: Open) -> None:
    ada = person("ada")
    ada.go("/access/displays/")
    ada.page.get_by_label("Name").fill("Lobby")
    ada.page.get_by_label("South Hospital").check()
    ada.page.get_by_label("Last day").fill((now() + timedelta(days=7)).date().isoformat())
    ada.page.get_by_label("Reason").fill("Shown in the lobby of South Hospital")
    follow(ada.page.get_by_role("button", name="Make it"))
    no_serious_findings(ada.page)
    ada.keep_picture("displays-1440-light")
    address = ada.page.get_by_text("/displays/open/").inner_text()

    wall = person()
    wall.page.clock.install()
    wall.page.goto(address)
    no_serious_findings(wall.page)
    follow(wall.page.get_by_role("button", name="Start the display"))
    expect(wall.page.get_by_text("Lobby")).to_be_visible()
    expect(wall.page.locator("a:not(.skip), button, form, input:visible")).to_have_count(0)
    no_serious_findings(wall.page)

    wall.page.context.set_offline(True)
    wall.page.clock.fast_forward(61_000)
    expect(wall.page.get_by_text("This screen could not be renewed")).to_be_visible()
    wall.page.context.set_offline(False)
    wall.page.clock.fast_forward(61_000)
    expect(wall.page.get_by_text("This screen could not be renewed")).to_be_hidden()
    wall.complaints.clear()  # the browser's own, about the lost network

    ada.go("/access/displays/")
    follow(ada.page.get_by_role("button", name="End"))
    wall.page.clock.fast_forward(61_000)
    expect(wall.page.get_by_role("heading", name="This display is over")).to_be_visible()


def test_access_is_reviewed_and_exported(person: Open, tmp_path: Path) -> None:
    ada = person("ada")
    ada.go("/access/")
    follow(ada.page.get_by_role("link", name="Review access"))
    no_serious_findings(ada.page)
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "review.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert "ada" in {value for row in rows for value in row.values()}
    assert "sam" not in {value for row in rows for value in row.values()}, "not at her facility"


def test_it_is_asked_why_somebody_does_not_see_a_page_and_seen_as_they_do(person: Open) -> None:
    ada = person("ada")
    ada.go("/access/people/eva/")
    follow(ada.page.get_by_role("link", name="What do they see, and why?"))
    ada.page.get_by_label("Address of a page").fill("/connectors/")
    follow(ada.page.get_by_role("button", name="Ask"))
    expect(ada.page.get_by_role("heading", name="eva does not see it")).to_be_visible()
    no_serious_findings(ada.page)
    ada.keep_picture("sees-1440-light")

    ada.page.get_by_label("Reason").fill("She says that a page is missing")
    follow(ada.page.get_by_role("button", name="See as eva"))
    expect(ada.page.get_by_text("You see the product as eva does")).to_be_visible()
    ada.keep_picture("viewing-board-1440-light")
    follow(ada.page.get_by_role("link", name="Transactions"))
    expect(ada.page.get_by_role("heading", name="This is not shown to you")).to_be_visible()
    no_serious_findings(ada.page)
    ada.keep_picture("viewing-not-shown-1440-light")
    assert [said for said in ada.complaints if "404" not in said] == []
    ada.complaints.clear()
    follow(ada.page.get_by_role("button", name="See as yourself"))
    expect(ada.page.get_by_role("heading", name="Who may see what")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_pages_of_access_fit(person: Open, width: int, scheme: Literal["light", "dark"]) -> None:
    ada = person("ada", width=width, scheme=scheme)
    for name, path in {
        "people": "/access/",
        "person": "/access/people/ada/",
        "review": "/access/review/",
        "sees": "/access/people/eva/sees/",
        "would": "/access/would/",
        "departments": "/access/departments/",
    }.items():
        ada.go(path)
        wide = ada.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
        ada.keep_picture(f"access-{name}-{width}-{scheme}")
