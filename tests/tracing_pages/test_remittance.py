"""The page of a payment as a whole, and of claims paid although voided, or denied on a day to come."""

import re
from datetime import datetime

from django.test import Client

from tests.build.claims import denied, event, remitted, submitted
from tests.tracing_pages.conftest import Hospital, days
from tests.tracing_pages.test_detail import headline, page_of


def test_a_payment_that_does_not_add_up_says_so_and_what_was_kept_back(
    alice: Client, north: Hospital, at: datetime
) -> None:
    kept = {"line": "1", "basis": "provider_adjustment", "code": "WO", "amount": "20.00"}
    north.told(
        event(
            "remit.totalled",
            {
                "facility": "NORTH", "remit_trace": "EFT-77001", "payer": "AETNA", "payment": "90.00",
                "outcome": "out_of_balance", "reason": "out_of_balance", "claims": "2",
                "claims_paid": "100.00", "provider_adjusted": "20.00", "lines": [kept],
            },
            at - days(1),
        )
    )  # fmt: skip
    page = page_of(alice)
    assert re.fullmatch(r"Failed at “Balanced” on \d+ \w+: does not add up\.", headline(page))
    assert "Overpayment recovered" in page
    assert "$20.00" in page
    assert "Paid on its claims" in page
    found = alice.post("/transactions/search/", {"q": "EFT-77001"}, follow=True).content.decode()
    assert headline(found) == headline(page)


def test_a_claim_that_was_paid_after_its_void_says_so_and_is_found_among_the_failed(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(
        submitted("C1", at - days(9)),
        submitted("C1", at - days(5), frequency="8", sequence=108),
        remitted("C1", at - days(2)),
    )
    assert re.match(r"Paid after it was voided on \d+ \w+", headline(page_of(alice)))
    listed = alice.get("/transactions/?state=failed").content.decode()
    assert "Paid after void" in listed


def test_a_denial_that_is_announced_has_not_failed_since(
    alice: Client, north: Hospital, at: datetime
) -> None:
    north.told(submitted("C1", at - days(9)), denied("C1", at + days(3), date_only=True))
    page = page_of(alice)
    assert "Fails on" in page
    assert "Failed since" not in page
