"""An acquired clinic's codes are mapped: its claims move to it, and the numbers of both sides with them."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from kpis.rollup.consume import consume_changes
from kpis.rollup.recount import recount_dirty
from observability.core import clock
from tests.browser import fits, follow, no_serious_findings
from tests.build.claims import submitted
from tests.e2e.conftest import Open
from tests.ingest.posting import BATCH, poster
from tests.ingest.serving import Server
from tracing.storage import remap
from tracing.storage.drain import drain
from tracing.storage.unmapped import count_unmapped

pytestmark = pytest.mark.browser
IDS = [{"authority": "npi", "code": "9000000606"}]
FILE = """kind,authority,code,target,from,to,owner,reason
payer,NORTH,60054,not ours,2026-01-01,,Contracting,A benefit fund that we do not bill
payer,NORTH,60055,NOWHERE,,,Contracting,There is no such payer
"""


@pytest.fixture(scope="module", autouse=True)
def acquired(server: Server, django_db_blocker: Any) -> None:
    """Five claims of a clinic that nobody has mapped: they stand at the connector's fallback, NORTH."""
    at = clock.now().replace(microsecond=0) - timedelta(days=2)
    told = [submitted(f"HILL{n}", at, facility_ids=IDS, amount="1200.00", payer="60054") for n in range(5)]
    with django_db_blocker.unblock():
        sender = poster("clinic-feed", facilities=("NORTH", "SOUTH"))
        headers = {"Authorization": f"Bearer {sender.key}", "Content-Type": BATCH}
        status, _, body = server.request("/api/v1/events", json.dumps(told).encode(), headers)
        assert status == 200, body
        work()


def work() -> None:
    """Do what the workers do: drain, move, count."""
    drain(seconds=60)
    remap.go_on(clock.now(), seconds=60)
    consume_changes()
    while recount_dirty(at=clock.now(), rest_seconds=0):
        pass
    count_unmapped(clock.now())


def work_beside() -> None:
    """Do it on a connection of one's own, as a worker."""
    try:
        work()
    finally:
        connection.close()


def test_an_acquired_clinics_code_is_mapped_and_the_number_moves(
    person: Open, django_db_blocker: Any
) -> None:
    someone = person("ines")
    page = someone.page
    follow(page.get_by_role("link", name="Reference data"))
    follow(page.get_by_role("link", name="Unmapped codes"))
    row = page.get_by_role("row").filter(has_text="9000000606")
    expect(row).to_contain_text("$6,000.00")
    expect(row).to_contain_text("North Hospital")
    someone.keep_picture("unmapped")
    follow(row.get_by_role("link", name="9000000606"))
    follow(page.get_by_role("link", name="Say what it means"))
    page.get_by_label("It means").select_option("South Hospital")
    page.get_by_label("Owner").fill("Integration team")
    page.get_by_label("Reason").fill("Hilltop joined South in March")
    follow(page.get_by_role("button", name="Show what moves"))
    expect(page.locator("#plan")).to_be_visible()
    moves = page.get_by_role("row").filter(has_text="South Hospital")
    expect(moves).to_contain_text("$6,000.00")
    someone.keep_picture("map-code")
    follow(page.get_by_role("button", name="Change it and move them"))
    page.wait_for_url(re.compile(r"/reference/crosswalk/\d+/$"))
    expect(page.locator("#moved")).to_be_visible()
    with django_db_blocker.unblock(), ThreadPoolExecutor(1) as worker:  # the browser's thread may not
        worker.submit(work_beside).result()

    someone.go("/reference/unmapped/")
    expect(page.locator("#codes")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Hilltop joined South in March")).to_contain_text("5")
    someone.go("/kpis/K01/?facility=SOUTH")
    expect(page.get_by_role("main")).to_contain_text("5 claims")
    follow(page.get_by_role("link", name="The 5 claims behind it"))
    follow(page.get_by_role("main").locator("a.row-link[href^='/transactions/']").first)
    expect(page.locator("#moves")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Facility changed from North Hospital to South Hospital")
    someone.keep_picture("moved-transaction")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "dark"), (390, "light")])
def test_its_pages_are_readable_by_anyone_and_fit(person: Open, width: int, scheme: str) -> None:
    someone = person("ines", width=width, scheme=scheme)
    page = someone.page
    someone.go("/reference/unmapped/")
    links = page.locator("section[aria-labelledby=codes] a.row-link")
    code = links.first.get_attribute("href") or ""
    addresses = ["/reference/unmapped/", f"{code}change/", "/reference/crosswalk/", code]

    def look(name: str) -> None:
        no_serious_findings(page)
        fits(page)
        someone.keep_picture(f"crosswalk-{name}-{width}-{scheme}")

    for name, path in zip(("list", "map", "all", "code"), addresses, strict=True):
        someone.go(path)
        look(name)
    someone.go("/reference/crosswalk/import/")
    look("import")
    page.get_by_label("CSV or JSON").set_input_files(
        {"name": "clinic.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    )
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("1 to add")
    look("plan")
