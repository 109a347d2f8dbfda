"""What the edge and the drain make together of events that are easy to take for something else."""

from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Inbox
from tests.build import build_facility, build_meaning
from tests.ingest.posting import Poster, poster
from tracing.models import Deadline, Identifier, KeyIssuer, Transaction, TransactionKey
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)


def claim(number: str, **data: Any) -> dict[str, Any]:
    """A submitted claim as a CloudEvent."""
    said = {
        "claim_no": number,
        "payer_sequence": "P",
        "issuer": "npi:1",
        "amount": "100.00",
        "frequency": "1",
    }
    return event(f"{number}-s", "claim.submitted.v1", said | data)


def event(name: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": name, "source": "edge", "type": kind, "time": "2026-03-02T09:00:00Z",
        "data": data,
    }  # fmt: skip


def post(sender: Poster, *events: dict[str, Any]) -> None:
    answer = sender.events(list(events))
    assert answer.status_code == 200, answer.content
    drain(seconds=60)


def test_a_reported_encounter_is_no_claim_that_awaits_an_answer() -> None:
    interim = claim("C3", purpose="RP", frequency="2")
    post(poster(), claim("C1", purpose="RP"), claim("C2", purpose="CH"), interim)

    began = [txn.started_at is not None for txn in Transaction.objects.all()]
    assert sorted(began) == [False, False, True]
    assert Deadline.objects.count() == 1


def test_the_largest_amounts_that_are_taken_add_up_to_what_is_kept() -> None:
    most = {"line": "", "group": "CO", "code": "29", "basis": "adjustment", "amount": "999999999999.9999"}
    said: dict[str, Any] = {"claim_no": "C1", "payer_sequence": "P", "issuer": "npi:1", "claim_status": "4"}
    said |= {"billed": "999999999999.99", "paid": "0", "lines": [most] * 2_000}
    post(poster(), claim("C1"), claim("C2"), event("C1-r", "remit.received.v1", said))

    assert Inbox.objects.get().new == 3
    denied = Transaction.objects.exclude(denied=None).values_list("denied", flat=True)
    assert [*denied] == [2_000 * Decimal("999999999999.9999")]


def test_a_tax_number_is_nowhere_in_clear() -> None:
    post(poster(), claim("C1", issuer="tin:123456789"), claim("C2", issuer="tin:123456789"))

    issuers = {*Identifier.objects.values_list("issuer", flat=True)}
    issuers |= {*KeyIssuer.objects.values_list("issuer", flat=True)}
    assert not [issuer for issuer in issuers if "123456789" in issuer]
    assert len({issuer for issuer in issuers if issuer.startswith("tin:")}) == 1
    assert b"123456789" not in bytes(Inbox.objects.get().blob)


def test_what_is_said_to_a_whole_set_brings_no_number_of_another_facility() -> None:
    build_facility("NORTH")
    build_meaning("2", "SOUTH")
    shared = poster("clearinghouse", facilities=("NORTH", "SOUTH"))
    of_south = claim("C2", issuer="npi:2", set="S/1/1", facility_ids=[{"authority": "npi", "code": "2"}])
    reject = event(
        "n1", "claim.acked.v1",
        {"level": "999", "outcome": "rejected", "set": "S/1/1", "claim_no": "NORTHS-OWN", "issuer": "npi:1"},
    )  # fmt: skip
    post(shared, claim("C1", set="S/1/1"), of_south)
    before = set(TransactionKey.objects.values_list("token", "transaction_id"))
    post(shared, reject)

    assert set(Transaction.objects.values_list("phase", flat=True)) == {"failed"}
    assert set(TransactionKey.objects.values_list("token", "transaction_id")) == before


def test_a_denial_that_does_not_say_whose_turn_it_is_goes_to_the_claim_at_that_payer() -> None:
    denied = event(
        "r1", "remit.received.v1",
        {
            "claim_no": "C1", "issuer": "npi:1", "payer": "AETNA", "claim_status": "4", "billed": "9",
            "paid": "0",
            "lines": [{"line": "", "group": "CO", "code": "197", "basis": "adjustment", "amount": "9"}],
        },
    )  # fmt: skip
    secondary = claim("C1", payer="CIGNA", payer_sequence="S") | {"id": "C1-secondary"}
    post(poster(), claim("C1", payer="AETNA"), secondary, denied)

    assert dict(Transaction.objects.values_list("variant", "phase")) == {"P": "failed", "S": "open"}
