"""Of what is stuck its page says since when, what moves it on, and who answers for it."""

import re
from datetime import datetime, timedelta

from django.test import Client

from tests.build.claims import acked, denied, submitted
from tests.build.register import declare_flow
from tests.tracing_pages.conftest import Hospital, days
from tracing.answering import moved_by
from tracing.declarations import latest
from tracing.models import Transaction

HEAD = "What next, and who answers for it"


def said(client: Client, amount: str) -> str:
    """Return the words of the page of the one transaction worth so much."""
    page = client.get(f"/transactions/{Transaction.objects.get(amount=amount).pk}/").content.decode()
    words = re.sub(r"<[^>]+>|\s+", " ", page.split("<main")[1].split('id="timeline"')[0])
    return re.sub(r" +", " ", words.replace("\xa0", " "))


def test_what_failed_names_the_owner_of_the_interface_that_it_came_by(
    alice: Client, north: Hospital, at: datetime
) -> None:
    declare_flow(
        "remits-in", owner="Cash team", owner_contact="cash@north.example", backup="Business office",
        runbook="https://runbooks.example/remits", failure_impact="Payments are posted a day late",
    )  # fmt: skip
    north.told(
        submitted("C1", at - days(9), amount="300.00"),
        denied("C1", at - days(2), interface="remits-in"),
    )
    words = said(alice, "300.00")
    assert "Owner Cash team of remits-in" in words
    assert "Failed since" in words
    assert "It moves on when “Adjudicated” succeeds, or once “Submitted” comes anew." in words
    for told in ("cash@north.example", "Business office", "Open the runbook", "a day late"):
        assert told in words


def test_what_is_late_names_the_interface_by_which_others_got_there(
    alice: Client, north: Hospital, at: datetime
) -> None:
    declare_flow("answers-in")
    for n in (4, 5):
        answer = acked(f"C{n}", at - days(n - 1), interface="answers-in")
        north.told(submitted(f"C{n}", at - days(n)), answer)
    north.told(submitted("C1", at - timedelta(hours=50), amount="77.00"))
    words = said(alice, "77.00")
    assert "For other claims here it came by answers-in." in words
    assert "Owner nobody of answers-in" in words
    assert "Late since" in words
    assert "2 h ago" in words


def test_where_nobody_can_be_named_it_says_so(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - timedelta(hours=50), amount="77.00"))
    words = said(alice, "77.00")
    assert "no other of the claims here says by which interface" in words
    assert "Owner" not in words


def test_what_is_not_stuck_asks_for_nobody(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(submitted("C1", at - days(1), amount="77.00"))
    assert HEAD not in said(alice, "77.00")


def test_an_entry_of_other_facilities_is_not_told(alice: Client, north: Hospital, at: datetime) -> None:
    declare_flow("remits-in", at=("SOUTH",), owner="Southern team")
    failed = denied("C1", at - days(2), interface="remits-in")
    north.told(submitted("C1", at - days(9), amount="300.00"), failed)
    words = said(alice, "300.00")
    assert "The register shows you no entry for it" in words
    assert "Southern team" not in words


def test_each_declared_step_has_words_for_what_moves_it_on() -> None:
    claim, charge = latest("claim"), latest("charge")
    assert moved_by(claim, "acknowledged", failed=False) == (
        "It moves on when “Accepted by the payer” or “Adjudicated”, which implies it, comes."
    )
    assert moved_by(charge, "posted", failed=True) == "It moves on when “Posted to the account” succeeds."
    assert moved_by(charge, "posted", failed=False) == "It moves on when “Posted to the account” comes."
