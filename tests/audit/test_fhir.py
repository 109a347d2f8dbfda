"""FHIR R4 AuditEvent: required elements and codes, against what hl7.org/fhir/R4/auditevent.html lists."""

from datetime import UTC, datetime
from typing import Any

import pytest

from observability.accounts.audit import Act
from observability.auditing.fhir import CODES, IN_EMERGENCY, KINDS, audit_event
from observability.auditing.queries.rows import AuditSeen

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
# Written down by hand from the value sets audit-event-type and -sub-type and from PS3.16 CID 400 and 401.
TYPES = {
    "110100", "110101", "110106", "110112", "110113", "110114", "access",
    "amend", "merge", "unmerge", "hold", "unhold", "destroy",
}  # fmt: skip
SUBTYPES = {
    "110122", "110123", "110127", "110129", "110131", "110132", "110136", "110137", "110138",
    "extract", "reidentify",
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


def test_every_code_has_its_system_and_display_and_is_used() -> None:
    used = {each for kind in KINDS.values() for each in (kind.type, kind.subtype) if each}
    assert set(CODES) - used <= {"110100"}
    assert all(system.startswith("http") and display for system, display in CODES.values())


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
