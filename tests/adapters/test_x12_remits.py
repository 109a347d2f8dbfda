"""835: amounts, adjustments, take-backs and payees."""

from decimal import Decimal

import pytest

from integrations.adapters.x12.events import Event
from tests.adapters.files import fixture, interchange, read_bytes

HEAD = ("BPR*I*1*C*ACH************20260321", "TRN*1*T1*1990000000", "N1*PR*PLAN", "N1*PE*CLINIC*XX*19")


def remit(*segments: str) -> dict[str, object]:
    data = interchange(*HEAD, *segments, kind="HP", set_type="835", version="005010X221A1")
    (event,) = claims_in(data)
    return event.data


def claims_in(data: bytes) -> list[Event]:
    return [event for event in read_bytes(data).events if event.type == "remit.received.v1"]


def test_each_payee_of_an_interchange_has_its_own_claims() -> None:
    said = {e.data["claim_no"]: e.data for e in fixture("835.x12").events if "claim_no" in e.data}
    assert said["LS-1001"]["issuer"] == "npi:1999999984"
    assert said["LS-2001"]["issuer"] == "tin:880000009"
    assert said["LS-1001"]["remit_trace"] == "EFT-5501"
    assert said["LS-2001"]["remit_trace"] == "EFT-5502"


def test_all_six_adjustments_of_a_segment_are_read() -> None:
    lines = fixture("835.x12").claim("LS-1001").data["lines"]
    second = [line for line in lines if line["line"] == "2" and line["basis"] == "adjustment"]
    assert [line["code"] for line in second] == ["97", "18", "29", "50", "197", "16"]
    assert sum(Decimal(line["amount"]) for line in second) == 60
    assert second[5]["quantity"] == "2"


def test_service_lines_are_joined_by_the_providers_own_number() -> None:
    claim = fixture("837p_5010.x12").claim("LS-1001").data["lines"]
    paid = fixture("835.x12").claim("LS-1001").data["lines"]
    assert {line["line"] for line in claim} == {line["line"] for line in paid if line["line"]}


def test_claim_level_adjustments_stand_on_no_line() -> None:
    said = remit("CLP*C1*1*100*60*0*12*X", "CAS*CO*45*30", "SVC*HC:1*100*60", "CAS*CO*97*10")
    adjustments = [line for line in said["lines"] if line["basis"] == "adjustment"]  # type: ignore[attr-defined]
    assert [(line["line"], line["code"], line["amount"]) for line in adjustments] == [
        ("", "45", "30"),
        ("1", "97", "10"),
    ]


def test_a_take_back_comes_before_its_correction_on_the_same_day() -> None:
    back, correction = (e for e in fixture("835.x12").events if e.data.get("claim_no") == "LS-1002")
    assert (back.data["claim_status"], back.data["paid"], back.data["sequence"]) == ("22", "-50", 390)
    assert (correction.data["claim_status"], correction.data["sequence"]) == ("1", 420)
    assert back.time == correction.time
    assert "payer_sequence" not in back.data


def test_of_several_decisions_on_a_claim_in_one_set_the_last_stands() -> None:
    data = interchange(
        *HEAD, "CLP*C1*1*60*50*0*12*X", "CLP*C1*1*40*0*0*12*Y", "CLP*C2*1*1*1*0*12*Z",
        kind="HP", set_type="835", version="005010X221A1",
    )  # fmt: skip
    assert [event.data["sequence"] for event in claims_in(data)] == [400, 401, 400]


def test_the_payers_turn_is_known_only_where_the_status_says_it() -> None:
    turns = {
        status: remit(f"CLP*C1*{status}*1*1*0*12*X").get("payer_sequence")
        for status in ("1", "19", "2", "20", "3", "21", "4", "22", "23", "25")
    }
    assert turns == {"1": "P", "19": "P", "2": "S", "20": "S", "3": "T", "21": "T"} | dict.fromkeys(
        ("4", "22", "23", "25")
    )


def test_provider_level_adjustments_end_the_last_claim() -> None:
    said = remit("CLP*C1*1*10*10*0*12*X", "PLB*19*20261231*WO:X*5", "DTM*232*20200101")
    assert "service_from" not in said


def test_remarks_are_kept_with_their_line() -> None:
    said = fixture("835.x12").claim("LS-1001").data
    assert said["remarks"] == ["N115", "M51"]
    assert {"line": "2", "basis": "remark", "code": "M51"} in said["lines"]
    assert fixture("835.x12").claim("LS-2001").data["remarks"] == ["MA04", "N30"]


def test_the_payer_is_named_as_claims_name_it() -> None:
    assert fixture("835.x12").claim("LS-1001").data["payer"] == "NM001"
    assert remit("CLP*C1*1*1*1*0*12*X")["payer"] == "1990000000"


def test_a_payment_before_its_service_is_flagged_and_not_moved() -> None:
    said = fixture("835.x12").claim("LS-2001")
    assert said.data["flags"] == ["impossible_date", "paid_before_service"]
    assert (said.time, said.data["service_from"]) == ("2026-03-20T00:00:00Z", "2026-04-01")


def test_a_service_date_that_is_none_is_told_and_flagged() -> None:
    claim = ("CLP*C1*1*1*1*0*12*X", "DTM*232*20261399")
    read = read_bytes(interchange(*HEAD, *claim, kind="HP", set_type="835", version="005010X221A1"))
    assert (9, "service_date_unreadable") in read.codes
    assert read.claim("C1").data["flags"] == ["service_date_unreadable"]


def test_a_remittance_that_does_not_add_up_is_flagged() -> None:
    assert remit("CLP*C1*1*100*60*0*12*X", "CAS*CO*45*30")["flags"] == ["out_of_balance"]
    assert "flags" not in remit("CLP*C1*1*100*60*0*12*X", "CAS*CO*45*40")


def test_without_an_effective_date_the_production_date_counts() -> None:
    data = interchange(
        "BPR*H*0*C*NON", "DTM*405*20260319", "N1*PE*C*XX*19", "CLP*C1*1*1*1*0*12*X",
        kind="HP", set_type="835", version="005010X221A1",
    )  # fmt: skip
    (event,) = claims_in(data)
    assert (event.time, event.data["payment_date"]) == ("2026-03-19T00:00:00Z", "2026-03-19")


def test_a_claim_with_an_unreadable_adjustment_is_not_sent_half() -> None:
    data = interchange(
        *HEAD, "CLP*C1*1*10*0*0*12*X", "CAS*CO*45*5*1*50*", "CAS*CO*50", "CLP*C2*1*1*1*0*12*X",
        kind="HP", set_type="835", version="005010X221A1",
    )  # fmt: skip
    read = read_bytes(data)
    assert read.errors == [(9, "amount_unreadable")]
    assert [event.data["claim_no"] for event in claims_in(data)] == ["C2"]


def _delivered(
    *, control: str = "000000001", paid: str = "1", trace: str = "T1*1990000000", status: str = "1"
) -> set[str]:
    """Return the ids of what one delivery of a payment of one claim says."""
    head = (f"BPR*I*{paid}*C*ACH************20260321", f"TRN*1*{trace}", *HEAD[2:])
    claim = f"CLP*A1*{status}*10*{paid}**12*K1"
    data = interchange(*head, claim, kind="HP", set_type="835", version="005010X221A1")
    return {event.id for event in read_bytes(data.replace(b"*000000001", f"*{control}".encode())).events}


def test_a_payment_that_is_delivered_again_in_another_interchange_is_the_same() -> None:
    first = _delivered()
    assert len(first) == 2  # the claim's part, and what the payment adds up to
    assert _delivered(control="000000002") == first
    assert not _delivered(paid="1.01") & first
    assert not _delivered(trace="T2*1990000000") & first
    assert not _delivered(trace="T1*1990000001") & first


def test_what_decides_otherwise_about_a_claim_is_another_event() -> None:
    assert len(_delivered(status="22") & _delivered()) == 1  # what the payment adds up to


@pytest.mark.parametrize("unnamed", [{"trace": "T1"}, {"paid": "0"}])
def test_a_payment_that_no_money_or_no_payer_names_is_known_by_its_envelope(unnamed: dict[str, str]) -> None:
    assert not _delivered(**unnamed) & _delivered(**unnamed, control="000000002")
