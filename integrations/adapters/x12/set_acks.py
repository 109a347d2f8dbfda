"""999, 997 and TA1: what the receiver's translator says about sets, groups and interchanges."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from integrations.adapters.x12.elements import (
    Moment,
    parse_code,
    parse_count,
    parse_moment,
    parse_short_moment,
)
from integrations.adapters.x12.envelope import Group, Interchange, SetHeader, control_number
from integrations.adapters.x12.events import INTERCHANGE_ACKED, SET_ACKED, Event, make_event
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.segments import UNREADABLE, Segment

OUTCOMES: Final = {
    "A": "accepted",
    "E": "accepted_with_errors",
    "M": "rejected",
    "R": "rejected",
    "W": "rejected",
    "X": "rejected",
}
# A partly accepted group says nothing about any one of its sets.
GROUP_OUTCOMES: Final = {**OUTCOMES, "P": "received"}
CLAIM_SET: Final = "837"
CLAIM_GROUP: Final = "HC"


class SetAckReader:
    """Reads one 999 or 997: one event for each claim set it speaks of."""

    item_name: ClassVar[str] = "acknowledgement"

    def __init__(self, header: SetHeader) -> None:
        self.header = header
        self.position = 0
        self._at = parse_moment(header.group.day, header.group.clock)
        self._group: Segment | None = None  # AK1
        self._set: Segment | None = None  # AK2
        self._sets = self._rejected = 0
        self._error_at = ""
        self._damaged = False

    def feed(self, segment: Segment) -> Iterator[Event | Finding]:
        """Take the next segment of the set."""
        match segment.id:
            case "AK1":
                self._group, self._set, self._sets, self._rejected = segment, None, 0, 0
            case "AK2":
                yield from self._unanswered()
                self._set, self._error_at, self._damaged = segment, "", False
                self._sets += 1
            case "IK3" | "AK3" | "IK4" | "AK4":
                self._locate(segment)
            case "IK5" | "AK5":
                yield from self._set_result(segment)
            case "AK9":
                yield from self._unanswered()
                yield from self._group_result(segment)
            case _ if segment.id == UNREADABLE:
                self._damaged = True

    def close(self, segment_number: int, *, complete: bool) -> Iterator[Event | Finding]:
        """End the set."""
        yield from self._unanswered()
        if complete and self._group is None:
            yield Finding(segment_number, "ack_incomplete", "there is no AK1")

    def _unanswered(self) -> Iterator[Finding]:
        if self._set is not None:
            words = "this set is named, but there is no result for it"
            yield Finding(self._set.number, "ack_incomplete", words)
            self._set = None

    def _locate(self, segment: Segment) -> None:
        """Keep where the first error is: segment and position, then element. Never the bad value."""
        if segment.id in {"IK3", "AK3"} and not self._error_at:
            self._error_at = f"{parse_code(segment.part(1, 1))}/{parse_count(segment.part(2, 1)) or ''}"
        elif segment.id in {"IK4", "AK4"} and self._error_at.count("/") == 1:
            self._error_at += f"/{parse_count(segment.part(1, 1)) or ''}"

    def _set_result(self, segment: Segment) -> Iterator[Event | Finding]:
        named, self._set = self._set, None
        self._rejected += OUTCOMES.get(segment.get(1)) == "rejected"
        if named is None or self._group is None:
            words = "a result for no named set"
            yield Finding(segment.number, "ack_incomplete", words)
        elif named.get(1) != CLAIM_SET:
            words = f"speaks of a {parse_code(named.get(1)) or 'set'}, which holds no claims; nothing to send"
            yield Finding(segment.number, "ack_of_other_set", words)
        elif self._damaged:
            yield Finding(named.number, "claim_damaged", "a segment of this result is unreadable; not sent")
        else:
            yield from self._event(segment, OUTCOMES, f"{self._acknowledged_group()}/{named.get(2)}")

    def _group_result(self, segment: Segment) -> Iterator[Event | Finding]:
        if self._group is None:
            yield Finding(segment.number, "ack_incomplete", "a group result without AK1")
        elif self._group.get(1) != CLAIM_GROUP:
            if not self._sets:
                words = "speaks of a group that holds no claims; nothing to send"
                yield Finding(segment.number, "ack_of_other_set", words)
        elif not self._sets or self._rejects_more(segment):
            yield from self._event(segment, GROUP_OUTCOMES, self._acknowledged_group())
        elif (counted := parse_count(segment.get(2)) or 0) > self._sets:
            words = f"AK902 counts {counted} sets, {self._sets} are listed"
            yield Finding(segment.number, "sets_not_listed", words)

    def _rejects_more(self, ak9: Segment) -> bool:
        """Whether the group is rejected with sets in it that are not, or are not listed."""
        sets = max(self._sets, parse_count(ak9.get(2)) or 0)
        return OUTCOMES.get(ak9.get(1)) == "rejected" and self._rejected < sets

    def _acknowledged_group(self) -> str:
        """Who is answered is the sender of the group that is acknowledged."""
        control = control_number(self._group.get(2)) if self._group else ""
        return f"{self.header.group.receiver}/{control}"

    def _event(self, segment: Segment, outcomes: dict[str, str], name: str) -> Iterator[Event | Finding]:
        result = segment.get(1)
        self.position += 1
        if result not in outcomes:
            words = f"{segment.id}01 is no result we know; not sent"
            yield Finding(segment.number, "ack_code_unknown", words)
        elif self._at is None:
            words = "GS04 is no date; the acknowledgement was not sent"
            yield Finding(segment.number, "set_date_unreadable", words)
        else:
            note = segment.get(2) if segment.id != "AK9" else segment.get(5)
            data = {
                "level": "999",
                "outcome": outcomes[result],
                "reason": _reason(result, note),
                "error_at": self._error_at if result != "A" else "",
                "set": name,
                "sequence": SET_ACKED,
            }
            yield _acked(self.header, self.position, self._at, segment, name, data)


def interchange_ack(ta1: Segment, isa: Interchange, ordinal: int) -> Event | Finding:
    """Return the event of a TA1 that came in interchange `isa`: its receiver sent what is acknowledged."""
    outcome = {"A": "accepted", "E": "accepted_with_errors", "R": "rejected"}.get(ta1.get(4))
    if outcome is None or not ta1.get(1):
        code = "ack_incomplete" if not ta1.get(4) else "ack_code_unknown"
        return Finding(ta1.number, code, "TA1 does not say what it acknowledges, or how; not sent")
    at = parse_short_moment(isa.day, isa.clock)
    if at is None:
        return Finding(ta1.number, "date_unreadable", "ISA09 is no date; the acknowledgement was not sent")
    name = f"{isa.receiver}/{ta1.get(1)}"
    data = {
        "level": "TA1",
        "outcome": outcome,
        "reason": _reason(ta1.get(4), ta1.get(5)),
        "interchange": name,
        "sequence": INTERCHANGE_ACKED,
    }
    header = SetHeader(isa, Group("", isa.sender, isa.receiver, "", "", "", ""), "TA1", "", "", 0)
    return _acked(header, ordinal, at, ta1, name, data)


def _reason(result: str, note: str) -> str | None:
    """Return `result:note` for what was not plainly accepted."""
    return None if result == "A" else f"{result}:{parse_code(note)}".rstrip(":")


def _acked(
    header: SetHeader, position: int, at: Moment, segment: Segment, name: str, data: dict[str, Any]
) -> Event:
    return make_event(
        "claim.acked", header, position=position, claim=name, at=at, segment=segment.number, data=data
    )
