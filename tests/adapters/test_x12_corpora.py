"""Files written by others: what each one holds was read by a person from the file itself."""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from integrations.adapters.x12.events import Event
from tests.adapters.files import CORPORA, Read, people_in, read_path

FOLDERS = ("837p", "837i", "999", "277ca", "835", "claim_chain", "malformed")
FILES = sorted(file for folder in FOLDERS for file in (CORPORA / f"x12_{folder}").glob("*"))

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the sample files are not at {CORPORA}")

# Claims (or set results) by file: counted by hand as CLM, CLP, TRN below HL*PT, and IK5 of an 837.
ITEMS = {
    "pyx12__loop_counting2.source.txt": 1,
    "pyx12__simple_837p.source.txt": 2,
    "staedi__sample837-HL-nested.edi": 0,
    "staedi__sample837-small.edi": 0,
    "x12-parser__x12_many_claims.txt": 820,
    "x12-parser__x12_multiple_isa.txt": 4,
    "x12-parser__x12_multiple_transactions.txt": 624,
    "x12-parser__x12_valid_different_separators.txt": 2,
    "x12__005010X221A1_medicare-part-a.835": 2,
    "pyx12__834_eol_in_element.resAck.txt": 0,
    "pyx12__834_ls_le_ls_5010.999.txt": 0,
    "staedi__simple999.edi": 3,
    "pyx12__837miss.source.txt": 0,
    "pyx12__bad_header_looping.source.txt": 2,
    "pyx12__trailer_errors.source.txt": 2,
    "staedi__invalid999.edi": 2,
    "staedi__sample275_with_HL7_invalid_BIN01.edi": 0,
    "x12-parser__x12_bad_first_line.txt": 2,
    "x12-parser__x12_bad_valid_code.txt": 2,
    "x12-parser__x12_loop_errors2_exceeds_max_repeats_multiple_parents.txt": 2,
    "x12-parser__x12_missing_elements.txt": 2,
    "x12-parser__x12_missing_required_loops_mult_repeats.txt": 5,
    "x12-parser__x12_no_isa_line.txt": 0,
    "x12-parser__x12_segments_out_of_order.txt": 2,
    "277CA-000001.x12": 3,
    "837P-000001.x12": 3,
    "835-000001.x12": 4,
}
ERRORS = {
    "pyx12__837miss.source.txt": [(3, "truncated")],
    "staedi__invalid999.edi": [(4, "ack_incomplete"), (7, "ack_code_unknown"), (8, "ack_incomplete")],
    "staedi__sample275_with_HL7_invalid_BIN01.edi": [(3, "set_type_not_read")],
    "x12-parser__x12_no_isa_line.txt": [(1, "isa_missing")],
}


def read(folder: str, name: str) -> Read:
    return read_path(CORPORA / f"x12_{folder}" / name)


def chain(name: str) -> Read:
    return read("claim_chain", name)


def settled(said: Read) -> list[Event]:
    """Return what is said of claims; a remittance as a whole is none."""
    return [event for event in said.events if "claim_no" in event.data]


def test_all_the_folders_are_there() -> None:
    assert Counter(file.parent.name for file in FILES) == {
        "x12_837p": 22, "x12_837i": 7, "x12_999": 4, "x12_277ca": 1, "x12_835": 4,
        "x12_claim_chain": 5, "x12_malformed": 13,
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_item_is_read_and_every_error_told(file: Path) -> None:
    said = read_path(file)
    assert sum(event.type != "remit.totalled.v1" for event in said.events) == ITEMS.get(file.name, 1)
    assert said.errors == ERRORS.get(file.name, [])


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_name_birth_date_or_street_of_the_file_is_in_an_event(file: Path) -> None:
    text = file.read_text(errors="replace")
    events = json.dumps([event.cloudevent() for event in read_path(file).events], ensure_ascii=False)
    words = set() if "no_isa" in file.name else people_in(text)
    assert not [
        word for word in words if f'"{word}' in events or f'{word}"' in events or f" {word}" in events
    ]


def test_the_charges_of_the_large_files_add_up() -> None:
    many = read("837p", "x12-parser__x12_many_claims.txt")
    assert sum(Decimal(event.data["amount"]) for event in many.events) == 820 * 500
    assert Counter(event.data["claim_no"] for event in many.events) == {"A37YH556": 410, "A37YH667": 410}
    assert len({event.id for event in many.events}) == 820


def test_an_interchange_sent_312_times_is_the_same_two_events() -> None:
    said = read("837p", "x12-parser__x12_multiple_transactions.txt")
    assert said.tally.interchanges == 312
    assert len({event.id for event in said.events}) == 2
    assert Counter(code for _, code in said.codes) == {"count_mismatch": 312, "set_repeated": 311}


def test_the_chain_is_submitted_as_its_files_say() -> None:
    claims = {e.data["claim_no"]: e.data for e in chain("837P-000001.x12").events}
    assert {number: (c["amount"], c["frequency"], c["service_from"]) for number, c in claims.items()} == {
        "CLM-P-0001": ("300", "1", "2024-02-05"),
        "CLM-P-0002": ("450.5", "1", "2024-03-14"),
        "CLM-P-0003": ("1200", "7", "2024-05-02"),
    }
    assert claims["CLM-P-0003"]["payer_claim_control"] == "CLM-P-0003-ORIG"
    assert claims["CLM-P-0002"]["member"] == "SYN100001"  # the subscriber's: the patient is a dependent
    assert {c["issuer"] for c in claims.values()} == {"npi:9000000015"}
    assert all("submitted_before_service" in c["flags"] for c in claims.values())
    (hospital,) = chain("837I-000001.x12").events
    assert (hospital.data["issuer"], hospital.data["amount"]) == ("npi:9000000031", "42000")
    assert (hospital.data["service_from"], hospital.data["service_to"]) == ("2024-06-10", "2024-06-14")
    assert [line["code"] for line in hospital.data["lines"]] == ["0120", "0250", "SP-11"]


def test_the_chain_is_acknowledged_as_its_files_say() -> None:
    acks = [*chain("277CA-000001.x12").events, *chain("277CA-000002.x12").events]
    assert {a.data["claim_no"]: (a.data["outcome"], a.data["reason"], a.time[:10]) for a in acks} == {
        "CLM-P-0001": ("accepted", "A2:20:PR", "2024-03-21"),
        "CLM-P-0002": ("accepted", "A2:20:PR", "2024-03-21"),  # its second line was rejected: A7
        "CLM-P-0003": ("rejected", "A3:21:PR", "2024-03-21"),
        "CLM-I-0001": ("received", "A1:20:PR", "2024-06-22"),
    }


def test_the_chain_is_paid_as_its_files_say() -> None:
    remits = {e.data["claim_no"]: e.data for e in settled(chain("835-000001.x12"))}
    assert {n: (r["billed"], r["paid"], r["patient_responsibility"]) for n, r in remits.items()} == {
        "CLM-P-0001": ("300", "170", "40"),
        "CLM-P-0002": ("450.5", "120", "30"),
        "CLM-P-0003": ("1200", "700", "100"),
        "CLM-I-0001": ("42000", "17000", "1000"),
    }
    # One line of the second claim was denied as not necessary (50), 200 of 450.50: a partial denial.
    denied = [line for line in remits["CLM-P-0002"]["lines"] if line.get("code") == "50"]
    assert denied == [{"line": "2", "group": "CO", "code": "50", "basis": "adjustment", "amount": "200"}]
    assert remits["CLM-P-0002"]["remarks"] == ["N115"]
    assert remits["CLM-I-0001"]["issuer"] == "npi:9000000031"
    assert {r["remit_trace"] for r in remits.values()} == {"0000000001", "0000000002"}
    assert not [n for n, r in remits.items() if r.get("flags")]


def test_keys_of_the_chain_agree_from_file_to_file() -> None:
    sent = {e.data["claim_no"]: e.data for n in ("837P", "837I") for e in chain(f"{n}-000001.x12").events}
    names = ("277CA-000001", "277CA-000002", "835-000001")
    answers = [e.data for name in names for e in settled(chain(f"{name}.x12"))]
    assert len(answers) == 8
    assert all(sent[answer["claim_no"]]["issuer"] == answer["issuer"] for answer in answers)


def test_a_denied_status_with_unexplained_reasons() -> None:
    (remit,) = settled(read("835", "pyx12__835_mult_loops.txt"))
    assert (remit.data["claim_status"], remit.data["paid"], remit.data["billed"]) == ("4", "0", "915.39")
    reasons = {line["code"] for line in remit.data["lines"] if line["basis"] == "adjustment"}
    assert reasons == {"16", "A7"}


def test_a_secondary_payment_keeps_what_the_first_payer_did() -> None:
    (remit,) = settled(read("835", "x12__005010X221A1_cob-contractural-adjustment.835"))
    assert (remit.data["tax_turn"], remit.data["tax_issuer"]) == ("S", "tin:3UR334563")  # no NPI of the payee
    adjustments = [line for line in remit.data["lines"] if line["basis"] == "adjustment"]
    assert [(a["group"], a["code"], a["amount"]) for a in adjustments] == [
        ("OA", "23", "516.00"),
        ("OA", "94", "-9.00"),
    ]


def test_other_payers_loops_of_the_samples_are_passed_over() -> None:
    (second,) = read("837p", "x12__005010X222A2_demo.cob.example4.837").events
    assert (second.data["payer_sequence"], second.data["payer"]) == ("S", "10234")
    (replacement,) = read("837i", "pyx12__blank1.source.txt").events
    assert replacement.data["payer_sequence"] == "S"
    assert replacement.data["payer_claim_control"] == "12522228"  # not 1253278 of loop 2330B


def test_the_results_of_a_999_are_those_of_its_sets() -> None:
    said = [(e.data["set"], e.data["outcome"]) for e in read("999", "staedi__simple999.edi").events]
    assert said == [
        ("SNDR/17456/0001", "accepted"),
        ("SNDR/17456/0002", "rejected"),
        ("SNDR/17456/0003", "rejected"),
    ]


def test_a_date_of_the_year_1001_is_flagged() -> None:
    (ack,) = read("277ca", "x12-parser__x12_277CA_accepted.txt").events
    assert ack.data["service_from"] == "1001-01-01"
    assert ack.data["flags"] == ["impossible_date", "year_out_of_range"]
    assert (ack.data["outcome"], ack.data["claim_no"]) == ("accepted", "5781")


def test_every_payment_of_the_samples_adds_up() -> None:
    totals = [
        event.data for file in FILES for event in read_path(file).events if event.type == "remit.totalled.v1"
    ]
    assert Counter(said["outcome"] for said in totals) == {"balanced": 7}
    (adjusted,) = (said for said in totals if said.get("lines"))
    # Part A: 138,018.40 and 11,980.33 for two claims, and 1.27 of capital costs passed through.
    assert (adjusted["payment"], adjusted["claims_paid"]) == ("150000.00", "149998.73")
    assert [(line["code"], line["amount"]) for line in adjusted["lines"]] == [("CV", "-1.27")]
