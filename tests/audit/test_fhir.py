"""FHIR R4 AuditEvent: required elements, and codes of the value sets that R4 (4.0.1) binds them to."""

from datetime import UTC, datetime
from typing import Any

import pytest

from observability.accounts.audit import Act
from observability.auditing.fhir import CODES, IN_EMERGENCY, KINDS, audit_event
from observability.auditing.queries.rows import AuditSeen

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
DICOM, LIFECYCLE = "http://dicom.nema.org/resources/ontology/DCM", "iso-21089-lifecycle"
# FHIR R4 (4.0.1): ValueSet/audit-event-type has 43 codes, of DCM, ISO 21089 and `rest`.
TYPES = {str(code) for code in range(110100, 110115)} | {
    "rest", "access", "hold", "amend", "archive", "attest", "decrypt", "deidentify", "deprecate", "destroy",
    "disclose", "encrypt", "extract", "link", "merge", "originate", "pseudonymize", "reactivate", "receive",
    "reidentify", "unhold", "report", "restore", "transform", "transmit", "unlink", "unmerge", "verify",
}  # fmt: skip
# ValueSet/audit-event-sub-type has 40: these of DCM, and those of restful-interaction; none of ISO 21089.
SUBTYPES = {str(code) for code in range(110120, 110143)}
# As the code systems of 4.0.1 spell them.
DISPLAYS = {
    "110100": "Application Activity", "110101": "Audit Log Used", "110106": "Export", "110112": "Query",
    "110113": "Security Alert", "110114": "User Authentication", "110122": "Login", "110123": "Logout",
    "110127": "Emergency Override Started", "110129": "Security Configuration",
    "110131": "Software Configuration", "110132": "Use of Restricted Function",
    "110136": "Security Roles Changed", "110137": "User security Attributes Changed",
    "110138": "Emergency Override Stopped", "access": "Access/View Record Lifecycle Event",
    "amend": "Amend (Update) Record Lifecycle Event", "hold": "Add Legal Hold Record Lifecycle Event",
    "unhold": "Remove Legal Hold Record Lifecycle Event", "merge": "Merge Record Lifecycle Event",
    "destroy": "Destroy/Delete Record Lifecycle Event", "unmerge": "Unmerge Record Lifecycle Event",
    "reidentify": "Re-identify Record Lifecycle Event",
}  # fmt: skip


def seen(**more: Any) -> AuditSeen:
    said: dict[str, Any] = {
        "seq": 7, "at": NOON, "user_id": 3, "actor": "alice", "actor_type": "person",
        "role": "auditor, support", "source_ip": "10.0.0.7", "session_hash": "ab" * 32,
        "act": "revealed", "object_type": "transaction",
        "object_id": "0192", "outcome": "done", "reason": "A call from the payer",
        "changes": None, "mentions": 2, "facility_ids": [1], "request_id": "r-1",
        "trace_id": "", "kid": "k1", "prev_hash": "p", "hash": "h", "name": "Alice Aho",
    }  # fmt: skip
    return AuditSeen(**said | more)


def empty(value: object) -> bool:
    """Say whether anything inside is empty, which FHIR forbids."""
    if isinstance(value, dict):
        return not value or any(map(empty, value.values()))
    if isinstance(value, list):
        return not value or any(map(empty, value))
    return value in (None, "")


@pytest.mark.parametrize("act", Act)
def test_every_act_is_a_well_formed_event(act: Act) -> None:
    bare = {
        "source_ip": "",
        "role": "",
        "reason": "",
        "object_id": "",
        "name": "",
        "user_id": None,
        "request_id": "",
    }
    for row in (seen(act=str(act)), seen(act=str(act), actor="", actor_type="system", **bare)):
        event = audit_event(row, installation="https://t.example")

        assert {"resourceType", "type", "recorded", "agent", "source"} <= set(event)
        assert event["type"]["code"] in TYPES
        assert {each["code"] for each in event.get("subtype", [])} <= SUBTYPES
        assert event["action"] in set("CRUDE")
        assert event["outcome"] in {"0", "4", "8", "12"}
        assert event["agent"][0]["requestor"] is True
        assert event["source"]["observer"]["identifier"]["value"] == "https://t.example"
        assert all(set(each) == {"type", "valueString"} for each in event["entity"][0]["detail"])
        assert not empty(event)


def test_every_code_is_spelt_as_r4_has_it_and_used() -> None:
    used = {each for kind in KINDS.values() for each in (kind.type, kind.subtype) if each}

    assert set(CODES) == used | {"110100"}
    assert {code: display for code, (_, display) in CODES.items()} == DISPLAYS
    assert all(system.endswith(LIFECYCLE) or system == DICOM for system, _ in CODES.values())
    assert {code for code, (system, _) in CODES.items() if system == DICOM} == {
        code for code in CODES if code.isdigit()
    }


def test_every_coding_comes_from_the_value_set_that_its_element_is_bound_to() -> None:
    event = audit_event(seen(act="glass_opened", object_type="grant"), installation="i")
    shell = audit_event(seen(user_id=None, actor_type="system"), installation="i")

    terms = "http://terminology.hl7.org/CodeSystem/"
    codings = [
        event["agent"][0]["type"]["coding"][0],
        shell["agent"][0]["type"]["coding"][0],
        event["agent"][0]["purposeOfUse"][0]["coding"][0],
        event["source"]["type"][0],
        event["entity"][0]["type"],
        event["entity"][0]["role"],
    ]
    assert [(each["system"], each["code"], each["display"]) for each in codings] == [
        (f"{terms}extra-security-role-type", "humanuser", "human user"),
        (DICOM, "110150", "Application"),
        (f"{terms}v3-ActReason", "BTG", "break the glass"),
        (f"{terms}security-source-type", "4", "Application Server"),
        (f"{terms}audit-entity-type", "2", "System Object"),
        (f"{terms}object-role", "11", "Security User Entity"),
    ]


def test_a_reveal_says_who_what_why_and_where_it_stands() -> None:
    event = audit_event(seen(changes={"found": 3}), installation="https://t.example")

    assert event["recorded"] == "2026-03-02T12:00:00.123Z"
    agent, entity = event["agent"][0], event["entity"][0]
    assert agent["who"]["identifier"] == {"system": "https://t.example/ids/user", "value": "alice"}
    assert agent["network"] == {"address": "10.0.0.7", "type": "2"}
    assert agent["purposeOfUse"] == [{"text": "A call from the payer"}]
    assert agent["role"] == [{"text": "auditor"}, {"text": "support"}]
    assert entity["what"]["identifier"] == {"system": "https://t.example/ids/transaction", "value": "0192"}
    assert {"type": "chain-hash", "valueString": "h"} in entity["detail"]
    assert {"type": "found", "valueString": "3"} in entity["detail"]


def test_what_is_refused_failed_and_what_broke_the_glass_says_so() -> None:
    assert audit_event(seen(act="denied", outcome="refused"), installation="i")["outcome"] == "4"
    for act in IN_EMERGENCY:
        purpose = audit_event(seen(act=str(act)), installation="i")["agent"][0]["purposeOfUse"][0]
        assert purpose["coding"][0]["code"] == "BTG"
        assert purpose["text"]
