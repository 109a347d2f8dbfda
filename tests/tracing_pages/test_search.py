"""The search box finds any identifier of any kind and issuer in scope, and its addresses say nothing."""

from datetime import datetime
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.build.claims import denied, submitted
from tests.tracing_pages.conftest import Hospital, days
from tracing.models import Transaction

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def search(client: Client, text: str) -> tuple[str, str]:
    """Paste `text` into the box; return the final address and page."""
    answer = client.post("/transactions/search/", {"q": text}, follow=True)
    assert answer.status_code == 200
    return answer.redirect_chain[-1][0], answer.content.decode()


@pytest.fixture
def claim(north: Hospital, at: datetime) -> Transaction:
    north.told(
        submitted("CLM0007714", at - days(9), trace_id=TRACE, member="W-123-456"),
        denied("CLM0007714", at - days(2)),
    )
    return Transaction.objects.get()


@pytest.mark.parametrize(
    "pasted",
    [
        "CLM0007714",
        " clm0007714 ",
        "CLM0007714/P",
        "a-clm0007714",
        "ICN-CLM0007714",
        "EFT-1",
        "W123456",
        "SENDER/1/CLM0007714",
        TRACE,
        f"00-{TRACE}-00f067aa0ba902b7-01",
    ],
)
def test_any_identifier_leads_to_its_one_transaction(alice: Client, claim: Transaction, pasted: str) -> None:
    address, page = search(alice, pasted)

    assert address.startswith(f"/transactions/{claim.pk}/?search=")
    assert pasted.strip() not in address
    assert f'value="{pasted.strip()}"' in page


def test_its_own_id_finds_a_transaction(alice: Client, claim: Transaction) -> None:
    address, _ = search(alice, str(claim.pk))
    assert address.startswith(f"/transactions/{claim.pk}/")


def test_what_was_pasted_is_shown_in_full_among_the_masked_keys(alice: Client, claim: Transaction) -> None:
    _, page = search(alice, "CLM0007714")
    found = page.split('id="keys-card"')[1].split("</ul>")[0]
    assert "CLM0007714" in found
    assert "ICN-CLM0007714" not in page


def test_several_are_listed(alice: Client, north: Hospital, at: datetime) -> None:
    north.told(
        submitted("C1", at - days(400)), submitted("C1", at - days(300), payer_sequence="S", sequence=111)
    )
    address, page = search(alice, "C1")
    assert address.startswith("/transactions/?search=")
    assert "2 transactions" in page


def test_nothing_found_is_the_same_answer_whether_or_not_it_exists_elsewhere(
    charlie: Client, claim: Transaction
) -> None:
    elsewhere_address, elsewhere = search(charlie, "CLM0007714")
    nowhere_address, nowhere = search(charlie, "CLM0007715")

    assert elsewhere_address.split("=")[0] == nowhere_address.split("=")[0] == "/transactions/?search"
    assert _without_noise(elsewhere, "CLM0007714") == _without_noise(nowhere, "CLM0007715")
    for pasted in (TRACE, str(claim.pk), "W123456", "SENDER/1/CLM0007714"):
        assert "Nothing found for what you pasted" in search(charlie, pasted)[1]


def _without_noise(page: str, pasted: str) -> list[str]:
    moving = ("csrf", "<time", 'name="search"', "search=")
    return [
        line.replace(pasted, "") for line in page.splitlines() if not any(w in line.lower() for w in moving)
    ]


def test_a_reference_means_nothing_in_another_session(
    alice: Client, erin: Client, claim: Transaction, north: Hospital, at: datetime
) -> None:
    north.told(submitted("CLM0007714", at - days(1), payer_sequence="S", sequence=111))
    address, _ = search(alice, "CLM0007714")

    answer = erin.get(address).content.decode()

    assert "not known to your session" in answer
    assert "CLM0007714" not in answer
    assert "2 transactions" in alice.get(address).content.decode()


def test_the_session_holds_no_clear_identifier(alice: Client, claim: Transaction) -> None:
    search(alice, "CLM0007714")
    assert alice.session["searches"]
    assert "CLM0007714" not in str(dict(alice.session))


def test_a_hub_is_told_and_not_expanded(
    alice: Client, north: Hospital, at: datetime, settings: LazySettings
) -> None:
    settings.HUB_TRANSACTIONS = 2
    north.told(*(submitted(f"H{n}", at - days(1), set="S/1/1") for n in range(3)))

    address, page = search(alice, "S/1/1")

    assert address.startswith("/transactions/?search=")
    assert "names more than 2 transactions" in page
    assert "No transactions" in page


def test_a_hub_elsewhere_is_nothing_here(
    charlie: Client, north: Hospital, at: datetime, settings: LazySettings
) -> None:
    settings.HUB_TRANSACTIONS = 2
    north.told(*(submitted(f"H{n}", at - days(1), set="S/1/1") for n in range(3)))
    _, page = search(charlie, "S/1/1")
    assert "names more than" not in page
    assert "Nothing found for what you pasted" in page


def test_the_same_number_at_two_facilities_is_two_transactions(
    alice: Client, charlie: Client, north: Hospital, south: Hospital, at: datetime
) -> None:
    north.told(submitted("SAME", at - days(1), facility="NORTH"))
    south.told(submitted("SAME", at - days(1), facility="SOUTH"))

    assert Transaction.objects.count() == 2
    assert search(alice, "SAME")[0].split("?")[0] != search(charlie, "SAME")[0].split("?")[0]


def test_a_stranger_is_told_that_nothing_is_there(claim: Transaction, charlie: Client) -> None:
    assert charlie.get(f"/transactions/{claim.pk}/").status_code == 404
    assert charlie.get(f"/transactions/{uuid4()}/").status_code == 404
    reveal = charlie.post(f"/transactions/{claim.pk}/reveal/", {"reason": "a long enough reason"})
    assert reveal.status_code == 404
