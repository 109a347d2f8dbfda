"""835 as a whole: BPR02 = sum of CLP04 - sum of PLB, and what is adjusted above the claims is carried."""

from typing import Any

import pytest

from tests.adapters.files import Read, fixture, interchange, read_bytes

HEAD = ("BPR*I*{}*C*ACH************20260410", "TRN*1*T1*19", "N1*PR*PLAN", "N1*PE*CLINIC*XX*19")
CLAIM = ("CLP*C1*1*100*80*0*12*X", "CAS*CO*45*20")


def remittance(paid: str, *segments: str) -> Read:
    said = (HEAD[0].format(paid), *HEAD[1:], *segments)
    return read_bytes(interchange(*said, kind="HP", set_type="835", version="005010X221A1"))


def totals(read: Read) -> list[dict[str, Any]]:
    return [event.data for event in read.events if event.type == "remit.totalled.v1"]


@pytest.mark.parametrize(
    ("paid", "plb", "outcome"),
    [
        ("80", (), "balanced"),
        ("30", ("PLB*19*20261231*WO:X*50",), "balanced"),  # kept back
        ("83.25", ("PLB*19*20261231*L6*-3.25",), "balanced"),  # added: interest
        ("130", ("PLB*19*20261231*WO:X*50",), "out_of_balance"),  # the sign is the payer's
        ("33.25", ("PLB*19*20261231*WO:X*50*L6*-3.25",), "balanced"),
        ("26", ("PLB*19*20261231*WO:X*50", "PLB*20*20261231*FB*4"), "balanced"),  # of two providers
        ("79.99", (), "out_of_balance"),
        ("8O", (), "unchecked"),
    ],
)
def test_a_payment_is_its_claims_less_what_was_kept_back(
    paid: str, plb: tuple[str, ...], outcome: str
) -> None:
    (said,) = totals(remittance(paid, *CLAIM, *plb))
    assert said["outcome"] == outcome


def test_all_six_adjustments_of_a_segment_are_carried_with_their_sign() -> None:
    plb = "PLB*19*20261231*WO:A*1*FB:B*-2*L6*-3*CS:C*4*72:D*5*IR*6"
    (said,) = totals(remittance("69", *CLAIM, plb))
    assert [(line["code"], line["amount"]) for line in said["lines"]] == [
        ("WO", "1"), ("FB", "-2"), ("L6", "-3"), ("CS", "4"), ("72", "5"), ("IR", "6"),
    ]  # fmt: skip
    assert (said["provider_adjusted"], said["claims_paid"], said["outcome"]) == ("11", "80", "balanced")


def test_what_does_not_add_up_is_told_by_segment_and_code() -> None:
    read = fixture("835_totals.x12")
    assert [(n, code) for n, code in read.codes if "balance" in code or "unchecked" in code] == [
        (28, "claim_out_of_balance"),
        (23, "remittance_out_of_balance"),
        (33, "remittance_unchecked"),
    ]
    assert read.errors == [(40, "provider_adjustment_unreadable"), (43, "remit_trace_missing")]


def test_a_payment_of_nothing_but_adjustments_is_carried_and_lacks_nothing() -> None:
    read = remittance("0", "PLB*19*20261231*WO:OLD*100*FB:NEXT*-100")
    (said,) = totals(read)
    assert (said["outcome"], said["claims"], said["provider_adjusted"]) == ("balanced", "0", "0")
    assert read.findings == []


def test_a_claim_that_cannot_be_sent_counts_in_the_payment_all_the_same() -> None:
    read = remittance("80", *CLAIM, "CLP*C2*X*50*0*0*12*Y")
    assert read.errors == [(10, "claim_status_unknown")]
    (said,) = totals(read)
    assert (said["outcome"], said["claims"]) == ("balanced", "2")


def test_with_an_amount_lost_nobody_says_that_it_adds_up() -> None:
    for lost in ("CLP*C2*1*50*S0*0*12*Y", "?*1"):
        assert totals(remittance("80", *CLAIM, lost))[0]["outcome"] == "unchecked"


def test_a_set_that_breaks_off_is_not_added_up() -> None:
    whole = interchange(*HEAD, *CLAIM, kind="HP", set_type="835", version="005010X221A1")
    assert totals(read_bytes(whole[: whole.index(b"SE*")])) == []


def test_the_reference_of_an_adjustment_stays_in_the_file() -> None:
    said = [event.data for event in fixture("835_totals.x12").events]
    assert "NM-OLD" not in str(said)


def test_a_payment_that_is_not_said_is_told_where_the_set_ends() -> None:
    data = interchange(*HEAD[1:], "DTM*405*20260410", *CLAIM, kind="HP", set_type="835", version="005010X221")
    read = read_bytes(data)
    assert (10, "remittance_unchecked") in read.codes
    assert totals(read)[0]["outcome"] == "unchecked"
