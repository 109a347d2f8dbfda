"""Showing in clear, on the page: for how long, how often, which classes, and what somebody pasted."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from integrations.catalogue import key_kinds
from observability.accounts.models import AuditRow, Grant, Reveal
from observability.accounts.roles import PrivacyClass
from observability.core import clock, display
from tests.build.claims import submitted
from tests.tracing_pages.conftest import DeclareKind, Hospital, days
from tracing.models import Transaction

REASON = "Payer called about this claim, ticket 4711"


@pytest.fixture
def claim(north: Hospital, at: datetime) -> Transaction:
    north.told(submitted("CLM0007714", at - days(1), account_no="A-200117"))
    return Transaction.objects.get()


def reveal(client: Client, claim: Transaction, query: str = "") -> str:
    """Show a transaction in clear; return the page that follows."""
    answer = client.post(f"/transactions/{claim.pk}/reveal/{query}", {"reason": REASON}, follow=True)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def page_of(client: Client, claim: Transaction) -> str:
    return client.get(f"/transactions/{claim.pk}/").content.decode()


def test_it_shows_how_long_and_asks_again_without_keeping_the_session_when_it_ends(
    alice: Client, claim: Transaction
) -> None:
    page = reveal(alice, claim)
    assert "CLM0007714" in page
    assert "A-200117" in page
    assert f'hx-get="/transactions/{claim.pk}/" hx-trigger="load delay:901s"' in page
    assert """hx-headers='{"X-Polling": "1"}'""" in page

    Reveal.objects.update(expires_at=clock.now())
    after = page_of(alice, claim)
    assert "CLM0007714" not in after
    assert "A-200117" not in after
    assert "hx-trigger" not in after.split('id="keys-card"')[1].split("</section>")[0]


def test_asked_twice_it_is_one_reveal(alice: Client, claim: Transaction) -> None:
    reveal(alice, claim)
    reveal(alice, claim)
    assert AuditRow.objects.filter(act="revealed").count() == 1


def test_who_showed_too_many_is_told_when_the_next_is_possible(
    alice: Client, north: Hospital, at: datetime, settings: Settings
) -> None:
    settings.REVEALS_PER_HOUR = 1
    north.told(submitted("CLM0007714", at - days(1)), submitted("CLM0008888", at - days(1), amount="1.00"))
    first, second = Transaction.objects.order_by("pk")
    reveal(alice, first)

    answer = alice.post(f"/transactions/{second.pk}/reveal/", {"reason": REASON})
    assert answer.status_code == 422
    next_at = Reveal.objects.get().granted_at + timedelta(hours=1)
    assert f"The next is possible at {display.local(next_at, 'America/Chicago', 'time')}" in (
        answer.content.decode()
    )


def test_a_sensitive_key_needs_its_class_also_when_the_rest_is_shown(
    declare_kind: DeclareKind, alice: Client, claim: Transaction
) -> None:
    declare_kind("account", "sensitive")
    masked = page_of(alice, claim)
    assert "it needs the class sensitive" in masked
    assert "…</span>17" not in masked  # not even its end

    page = reveal(alice, claim)
    assert "CLM0007714" in page
    assert "A-200117" not in page

    usual = [PrivacyClass.BUSINESS, PrivacyClass.IDENTIFIER]
    Grant.objects.update(classes=[*usual, PrivacyClass.SENSITIVE])
    assert "A-200117" in page_of(alice, claim)


def test_what_was_pasted_is_shown_back_in_full_without_a_reveal_and_nothing_else_is(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(
        submitted("CLM0007714", at - days(1), account_no="A-200117"),
        submitted("CLM0008888", at - days(2), account_no="A-200117", amount="1.00"),
    )
    answer = alice.post("/transactions/search/", {"q": "a-200117"}, follow=True)
    address, page = answer.redirect_chain[-1][0], answer.content.decode()
    assert page.count("Account a-200117") == 2
    assert "200117" not in address
    assert "CLM0007714" not in page

    one = Transaction.objects.order_by("amount").first()
    assert one is not None
    query = address[address.index("?") :]
    shown = alice.get(f"/transactions/{one.pk}/{query}").content.decode()
    assert '<span class="value">a-200117</span>' in shown
    assert "you pasted it" in shown
    assert "CLM0008888" not in shown
    assert f'action="/transactions/{one.pk}/reveal/{query}"' in shown
    assert AuditRow.objects.filter(act="revealed").count() == 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [("AB", ""), ("ABC", "C"), ("12345", "5"), ("1234567", "67"), ("123456789012", "9012")],
)
def test_a_mask_of_a_short_value_is_shorter(value: str, shown: str) -> None:
    assert key_kinds.last_characters(value) == shown
