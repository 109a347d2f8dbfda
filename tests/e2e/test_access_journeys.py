"""Breaking the glass and reviewing who may see what, in a real browser."""

import csv
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Open
from tests.e2e.test_journeys import no_serious_findings

pytestmark = pytest.mark.browser


def test_a_glass_is_broken_seen_by_others_and_closed_again(person: Open) -> None:
    sam = person("sam")
    sam.go("/access/glass/")
    no_serious_findings(sam.page)
    sam.keep_picture("glass-1440-light")
    sam.page.get_by_label("Code of the facility").fill("SOUTH")
    sam.page.get_by_label("Reason").fill("On call: SOUTH cannot bill tonight")
    sam.page.get_by_role("button", name="Open it").click()

    expect(sam.page.get_by_text("You opened South Hospital until")).to_be_visible()
    sam.go("/transactions/")
    expect(sam.page.get_by_text("You opened South Hospital until")).to_be_visible()
    no_serious_findings(sam.page)
    sam.keep_picture("glass-open-1440-light")

    ada = person("ada")
    ada.go("/access/")
    no_serious_findings(ada.page)
    ada.keep_picture("access-1440-light")
    ada.page.get_by_role("button", name="Acknowledge").click()
    expect(ada.page.get_by_role("button", name="Acknowledge")).to_have_count(0)

    sam.go("/transactions/")
    sam.page.get_by_role("button", name="Close it").click()
    expect(sam.page.get_by_text("You opened South Hospital until")).to_have_count(0)


def test_access_is_reviewed_and_exported(person: Open, tmp_path: Path) -> None:
    ada = person("ada")
    ada.go("/access/")
    ada.page.get_by_role("link", name="Review access").click()
    no_serious_findings(ada.page)
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Export as CSV").click()
    file = tmp_path / "review.csv"
    download.value.save_as(file)
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert "ada" in {value for row in rows for value in row.values()}
    assert "sam" not in {value for row in rows for value in row.values()}, "not at her facility"


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_the_pages_of_access_fit(person: Open, width: int, scheme: Literal["light", "dark"]) -> None:
    ada = person("ada", width=width, scheme=scheme)
    for name, path in {
        "people": "/access/",
        "person": "/access/people/ada/",
        "review": "/access/review/",
    }.items():
        ada.go(path)
        wide = ada.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, path
        ada.keep_picture(f"access-{name}-{width}-{scheme}")
