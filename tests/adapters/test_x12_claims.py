"""837: what a claim event says, and what it must not take from the loops around it."""

import pytest

from tests.adapters.files import fixture, interchange, read_bytes

HEAD = ("BHT*0019*00*B1*20260302*0915*CH", "NM1*41*2*X*****46*SUB1", "HL*1**20*1")
BILLING = "NM1*85*2*CLINIC*****XX*1999999984"
SUBSCRIBER = ("HL*2*1*22*0", "SBR*P*18*******CI", "NM1*PR*2*PLAN*****PI*PAY1")
CLAIM = "CLM*C1*10***11:B:1"


def one(*segments: str) -> dict[str, object]:
    (event,) = read_bytes(interchange(*segments)).events
    return event.data


def test_several_claims_under_one_subscriber_share_their_payer_and_sequence() -> None:
    read = fixture("837p_5010.x12")
    first, second = read.claim("LS-1001").data, read.claim("LS-1002").data
    assert (first["payer"], first["payer_sequence"], first["member"]) == ("NM001", "P", "MEM-0001")
    assert (second["payer"], second["payer_sequence"], second["member"]) == ("NM001", "P", "MEM-0001")


def test_a_dependent_patient_inherits_the_subscriber() -> None:
    dependent = fixture("837p_5010.x12").claim("LS-1003").data
    assert (dependent["payer"], dependent["member"], dependent["amount"]) == ("NM001", "MEM-0001", "90")


def test_a_replacement_names_the_original_and_comes_after_it_on_the_same_day() -> None:
    read = fixture("837p_5010.x12")
    replacement = read.claim("LS-1002").data
    assert (replacement["frequency"], replacement["payer_claim_control"]) == ("7", "NM-OLD-55")
    assert replacement["sequence"] == 107 > read.claim("LS-1001").data["sequence"]


def test_another_payers_loop_gives_nothing_to_the_claim() -> None:
    void = fixture("837p_5010.x12").claim("LS-2001").data
    assert (void["payer_sequence"], void["payer"], void["member"]) == ("S", "OAP77", "MEM-0002")
    assert (void["payer_claim_control"], void["frequency"], void["sequence"]) == ("OAP-ICN-9", "8", 108)
    assert void["lines"] == [
        {"line": "1", "code": "20610", "basis": "gross", "amount": "400", "quantity": "1"}
    ]


def test_the_issuer_is_the_billing_provider_not_the_pay_to_address() -> None:
    read = fixture("837p_5010.x12")
    assert read.claim("LS-1001").data["issuer"] == "npi:1999999984"
    assert read.claim("LS-1001").data["facility_ids"] == [
        {"authority": "npi", "code": "1999999984"},
        {"authority": "tin", "code": "990000001"},
    ]
    assert read.claim("LS-2001").data["issuer"] == "npi:1888888875"


def test_a_social_security_number_never_names_an_issuer() -> None:
    said = one(*HEAD, "NM1*85*1*DOC*****34*123121234", "REF*SY*123121234", *SUBSCRIBER, CLAIM)
    assert said["issuer"] == "submitter:SUB1"
    assert "facility_ids" not in said


def test_without_a_provider_number_the_tax_number_then_the_submitter_stands_in() -> None:
    assert one(*HEAD, "NM1*85*2*C", "REF*EI*99", *SUBSCRIBER, CLAIM)["issuer"] == "tin:99"
    assert one(*HEAD, *SUBSCRIBER, CLAIM)["issuer"] == "submitter:SUB1"
    assert one("BHT*0019*00*B1*20260302*0915*CH", *SUBSCRIBER, CLAIM)["issuer"] == "submitter:SENDER"


def test_a_new_billing_provider_forgets_the_last_one() -> None:
    read = read_bytes(
        interchange(*HEAD, BILLING, *SUBSCRIBER, CLAIM, "HL*3**20*1", *SUBSCRIBER, "CLM*C2*10***11:B:1")
    )
    assert read.claim("C2").data["issuer"] == "submitter:SUB1"
    assert (16, "billing_provider_missing") in read.codes


@pytest.mark.parametrize(
    ("version", "service", "kind"),
    [
        ("005010X222A1", "SV1*HC:1*1*UN*1", "P"),
        ("005010X223A3", "SV2*0300**1*UN*1", "I"),
        ("005010X224A2", "SV3*AD:D1*1", "D"),
        ("005010", "SV2*0300**1*UN*1", "I"),
    ],
)
def test_the_claim_type_is_the_guides_else_the_service_lines(version: str, service: str, kind: str) -> None:
    data = interchange(*HEAD, BILLING, *SUBSCRIBER, CLAIM, "LX*1", service, version=version)
    (event,) = read_bytes(data).events
    assert event.data["claim_type"] == kind


def test_an_old_file_with_other_separators_and_line_ends_is_read_too() -> None:
    read = fixture("837i_4010.x12")
    claim = read.claim("SH-77-1")
    assert claim.time == "2026-04-15T22:30:00Z"
    assert claim.data["claim_type"] == "I"
    assert claim.data["issuer"] == "tin:880000002"
    assert (claim.data["service_from"], claim.data["service_to"]) == ("2026-04-01", "2026-04-04")
    assert [line["code"] for line in claim.data["lines"]] == ["0120", "80053"]
    assert "member" not in claim.data  # qualified as a social security number


def test_a_set_that_is_not_read_is_told_and_its_neighbours_go() -> None:
    read = fixture("837i_4010.x12")
    assert read.codes == [(26, "set_type_not_read")]
    assert len(read.events) == 1


def test_a_claim_before_its_service_is_flagged_and_not_moved() -> None:
    said = fixture("837p_5010.x12").claim("LS-2001")
    assert said.data["flags"] == ["impossible_date", "submitted_before_service"]
    assert said.data["service_from"] == "2026-03-03"
    assert said.time == "2026-03-02T09:15:33Z"


def test_an_encounter_that_is_only_reported_is_told_from_a_claim() -> None:
    assert fixture("837p_5010.x12").claim("LS-1001").data["purpose"] == "CH"
    assert one("BHT*0019*00*B*20260302*0915*RP", *SUBSCRIBER, CLAIM)["purpose"] == "RP"
    assert "purpose" not in one("BHT*0019*00*B*20260302*0915*DOE", *SUBSCRIBER, CLAIM)


def test_a_day_without_a_time_says_so() -> None:
    said = read_bytes(interchange("BHT*0019*00*B1*20260302", *SUBSCRIBER, CLAIM)).events[0]
    assert (said.time, said.data["date_only"]) == ("2026-03-02T00:00:00Z", True)


def test_a_service_date_that_is_none_is_flagged_and_the_claim_goes() -> None:
    said = one(*HEAD, BILLING, *SUBSCRIBER, CLAIM, "LX*1", "SV1*HC:1*10*UN*1", "DTP*472*D8*20260231")
    assert said["flags"] == ["service_date_unreadable"]
    assert "service_from" not in said


def test_a_dental_claim_says_its_service_as_a_whole() -> None:
    said = one(*HEAD, BILLING, *SUBSCRIBER, CLAIM, "DTP*472*D8*20260228", "LX*1", "SV3*AD:D0120*10")
    assert (said["service_from"], said["lines"]) == (
        "2026-02-28",
        [{"line": "1", "code": "D0120", "basis": "gross", "amount": "10"}],
    )


def test_amounts_keep_every_digit() -> None:
    said = one(*HEAD, BILLING, *SUBSCRIBER, "CLM*C1*123456789012345.01***11:B:1")
    assert said["amount"] == "123456789012345.01"


@pytest.mark.parametrize("amount", ["", "1e3", "NaN", "1,5", "٣", "12345678901234567"])
def test_a_claim_whose_charge_is_no_number_is_not_sent(amount: str) -> None:
    read = read_bytes(
        interchange(*HEAD, BILLING, *SUBSCRIBER, f"CLM*C1*{amount}***11:B:1", "CLM*C2*1***11:B:1")
    )
    assert read.errors == [(11, "amount_unreadable")]
    assert [event.data["claim_no"] for event in read.events] == ["C2"]


def test_a_zero_in_place_of_a_number_is_no_claim_that_others_could_be_taken_for() -> None:
    read = read_bytes(interchange(*HEAD, BILLING, *SUBSCRIBER, "CLM*0*10***11:B:1", CLAIM))
    assert read.errors == [(11, "claim_number_unusable")]
    assert [event.data["claim_no"] for event in read.events] == ["C1"]


def test_of_a_set_that_breaks_off_only_the_last_claim_is_held_back() -> None:
    whole = interchange(*HEAD, BILLING, *SUBSCRIBER, CLAIM, "LX*1", "SV1*HC:1*10*UN*1", "CLM*C2*5***11:B:1")
    cut = whole[: whole.index(b"SE*")]
    read = read_bytes(cut)
    assert [event.id for event in read.events] == [event.id for event in read_bytes(whole).events][:1]
    assert read.errors == [(14, "truncated"), (14, "claim_incomplete")]


def test_every_error_of_a_damaged_file_is_told_and_the_rest_goes() -> None:
    read = fixture("damaged.x12")
    assert [event.data["claim_no"] for event in read.events] == ["OK-1", "OK-2", "OLD-1"]
    assert read.errors == [
        (1, "isa_missing"),
        (11, "amount_unreadable"),
        (12, "claim_number_unusable"),
        (14, "segment_unreadable"),
        (13, "claim_damaged"),
        (19, "set_date_unreadable"),
        (27, "set_not_closed"),
        (26, "claim_incomplete"),
        (31, "interchange_not_closed"),
        (33, "segment_outside_set"),
        (37, "amount_unreadable"),
        (38, "claim_status_unknown"),
        (39, "truncated"),
        (39, "claim_incomplete"),
    ]


def test_a_year_before_1990_is_flagged() -> None:
    old = fixture("damaged.x12").claim("OLD-1")
    assert old.time == "1889-03-02T00:00:00Z"
    assert {"impossible_date", "year_out_of_range"} <= set(old.data["flags"])


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("NM1*82*1*DOE*JO****XX*1999999976", "1999999976"),
        ("NM1*82*1*DOE*JO****XX*77ST", None),
        ("NM1*82*1*DOE*JO****34*123121234", None),
    ],
)
def test_who_rendered_the_care_is_named_by_npi_or_not_at_all(named: str, said: str | None) -> None:
    others = ("SBR*S*18*******CI", "NM1*82*1******XX*1999999968")  # another payer's loop
    data = one(*HEAD, BILLING, *SUBSCRIBER, CLAIM, named, *others)
    assert data.get("rendering_provider") == said


def test_a_batch_too_long_to_be_a_key_with_its_claim_is_left_out_not_the_claim() -> None:
    head = (f"BHT*0019*00*{'B' * 50}*20260302*0915*CH", f"NM1*41*2*S*****46*{'S' * 40}")
    read = read_bytes(interchange(*head, "CLM*C-1234567890*100***11:B:1", "LX*1", "SV1*HC:99213*100*UN*1"))
    said = read.claim("C-1234567890").data
    assert "batch" not in said
    assert said["set"] == "SENDER/1/0001"
