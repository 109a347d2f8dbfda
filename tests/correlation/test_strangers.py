"""What must not meet though it shares something: a trace and a set, two facilities of one sender."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.build.days import empty
from tests.correlation.rows import clear
from tests.ingest.posting import poster
from tracing.models import Orphan, Transaction, TransactionKey
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)
TRACE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


@pytest.fixture(autouse=True)
def _emptied(transactional_db: None) -> Iterator[None]:
    yield
    clear()
    empty("inbox")


def said(type_: str, id_: str, **data: Any) -> dict[str, Any]:
    """Return an event of one trace."""
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "test:clearinghouse",
        "type": type_,
        "time": "2026-03-02T12:00:00Z",
        "data": data,
    } | TRACE


def submitted(number: str, **data: Any) -> dict[str, Any]:
    """Return the submission of a claim in a set of its own."""
    named = {"claim_no": number, "payer_sequence": "P", "issuer": "npi:1", "frequency": "1", "amount": "100"}
    return said("claim.submitted.v1", number, **named, set=f"S/1/{number}", **data)


def test_a_rejected_set_fails_no_claim_of_its_trace_that_was_in_another_set() -> None:
    post = poster()
    post.events([submitted("C1"), submitted("C2")])
    post.events([said("claim.acked.v1", "a1", level="999", outcome="rejected", set="S/9/9")])
    post.events([said("claim.acked.v1", "a2", level="999", outcome="rejected", set="S/1/C2")])
    drain(seconds=30)

    assert sorted(Transaction.objects.values_list("phase", flat=True)) == ["failed", "open"]
    assert Orphan.objects.filter(bound=[]).count() == 1


def test_an_event_of_one_facility_joins_no_transaction_of_another_by_their_trace() -> None:
    post = poster("both", facilities=("NORTH", "SOUTH"))
    post.events([submitted("C1", facility="NORTH")])
    paid = said(
        "payment.posted.v1",
        "p1",
        claim_no="C9",
        issuer="npi:1",
        amount="5",
        account_no="A-9",
        facility="SOUTH",
    )
    post.events([paid])
    drain(seconds=30)

    north = Transaction.objects.get(current_step="submitted")
    assert (north.facts, Transaction.objects.count()) == (1, 2)
    assert not TransactionKey.objects.filter(transaction_id=north.pk, kind="account").exists()
