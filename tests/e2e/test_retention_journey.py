"""An auditor sees what is due, places a legal hold, and finds what is left of a purged transaction."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from integrations.retention.look import look
from kpis.rollup.recount import recount_dirty
from observability.core import clock
from tests.browser import fits, follow, no_serious_findings
from tests.build.retention import purged
from tests.e2e.conftest import Open
from tests.ingest.serving import Server
from tracing.models import TransactionSummary

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def quiet_claim(server: Server, django_db_blocker: Any) -> TransactionSummary:
    """Purge, as if it were in fourteen months, what had come to an end by then; count what is there."""
    with django_db_blocker.unblock():
        while recount_dirty(at=clock.now(), rest_seconds=0):
            pass
        purged(clock.now() + timedelta(days=415), "transactions")
        look(at=clock.now())
        return TransactionSummary.objects.order_by("-amount")[0]


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_a_hold_is_placed_and_a_purged_address_answers(
    person: Open, quiet_claim: TransactionSummary, width: int, scheme: str
) -> None:
    someone = person("aki", width=width, scheme=scheme)
    page = someone.page
    someone.go("/catalogue/retention/")
    page.get_by_label("Matter").fill(f"Smith v. North, {scheme}")
    page.get_by_label("Reason", exact=True).fill("A suit about these claims was filed")
    page.get_by_label("First day").fill("2026-01-01")
    follow(page.get_by_role("button", name="Place it"))
    expect(page.locator("section:has(#holds)")).to_contain_text(f"Smith v. North, {scheme}")
    no_serious_findings(page)
    fits(page)
    someone.keep_picture(f"retention-{width}-{scheme}")

    someone.go(f"/transactions/{quiet_claim.pk}/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Its time was up")
    no_serious_findings(page)
    fits(page)
    someone.keep_picture(f"purged-{width}-{scheme}")
