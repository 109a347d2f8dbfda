"""277CA: what a clearinghouse or payer says about each claim on receipt (005010X214, 004040X167).

Only the status of the claim itself decides. Totals and statuses of the whole batch or provider do not,
and a rejected service line does not reject its claim.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from integrations.adapters.x12.elements import Moment, parse_amount, parse_code, parse_moment, parse_period
from integrations.adapters.x12.envelope import SetHeader
from integrations.adapters.x12.events import (
    CLAIM_ACKED,
    Event,
    date_flags,
    issuer_of,
    make_event,
    provider_ids,
)
from integrations.adapters.x12.findings import Finding, UnreadableError
from integrations.adapters.x12.items import ItemReader, required_claim_number, usable_key
from integrations.adapters.x12.segments import Segment

OUTCOMES: Final = {
    "A0": "pending",
    "A1": "received",
    "A2": "accepted",
    "A3": "rejected",
    "A4": "pending",
    "A5": "accepted",
    "A6": "rejected",
    "A7": "rejected",
    "A8": "rejected",
}
# Of several statuses the first of these decides.
DECIDING: Final = ("rejected", "accepted", "pending", "received")
STATUS_ELEMENTS: Final = (1, 10, 11)
SOURCE, RECEIVER, PROVIDER = "20", "21", "19"
CLAIM_LEVELS: Final = {"PT", "22", "23"}


@dataclass(frozen=True, slots=True)
class Status:
    """One status of one STC: `category:code:entity`, in force since `day`."""

    category: str
    reason: str
    entity: str
    segment: Segment

    @property
    def outcome(self) -> str:
        """How the category counts; one we do not know counts as pending."""
        return OUTCOMES.get(self.category, "pending")


def statuses(stc: Segment) -> list[Status]:
    """Return the one to three statuses of an STC."""
    found = []
    for element in STATUS_ELEMENTS:
        parts = [parse_code(stc.part(element, component)) for component in (1, 2, 3)]
        if parts[0]:
            found.append(Status(parts[0], ":".join(parts).rstrip(":"), parts[2], stc))
    return found


class ClaimAckReader(ItemReader):
    """Reads one 277CA."""

    item_name: ClassVar[str] = "claim"

    def __init__(self, header: SetHeader) -> None:
        super().__init__(header)
        self._level = ""
        self._said: Moment | None = None
        self._source = self._payer = ""
        self._submitter = self._batch = ""
        self._npi = self._tin = ""

    def starts_item(self, segment: Segment) -> bool:
        return segment.id == "TRN" and self._level in CLAIM_LEVELS

    def ends_item(self, segment: Segment) -> bool:
        return segment.id == "HL"

    def note(self, segment: Segment) -> Iterator[Finding]:
        if segment.id == "BHT":
            self._said = parse_moment(segment.get(4), segment.get(5))
        elif segment.id == "HL":
            self._enter(segment.get(3))
        elif segment.id == "NM1":
            self._name(segment)
        elif segment.id == "TRN" and self._level == RECEIVER:
            self._batch = usable_key(segment, 2)
        elif segment.id == "STC" and self._level in {RECEIVER, PROVIDER}:
            yield from _whole_batch(segment)

    def _enter(self, level: str) -> None:
        self._level = level
        if level == SOURCE:
            self._damaged = False
            self._source = self._payer = ""
        if level in {SOURCE, RECEIVER}:
            self._submitter = self._batch = ""
        if level in {SOURCE, RECEIVER, PROVIDER}:
            self._npi = self._tin = ""

    def _name(self, segment: Segment) -> None:
        identifier, qualifier = usable_key(segment, 9), segment.get(8)
        if self._level == SOURCE:
            self._source = segment.get(1)
            self._payer = identifier if self._source == "PR" else ""
        elif self._level == RECEIVER:
            self._submitter = identifier
        elif self._level == PROVIDER and qualifier == "XX":
            self._npi = identifier
        elif self._level == PROVIDER and qualifier in {"FI", "24"}:
            self._tin = identifier

    def read_item(self, item: list[Segment]) -> Iterator[Event | Finding]:
        trn, detail = item[0], AckDetail.of(item)
        number = required_claim_number(trn, 2)
        if not detail.statuses:
            words = "the claim has no STC; not sent"
            raise UnreadableError(trn.number, "status_missing", words)
        deciding = min(detail.statuses, key=lambda status: DECIDING.index(status.outcome))
        flags = [] if deciding.category in OUTCOMES else ["status_unknown"]
        if flags:
            words = "an unknown status category; counts as pending"
            yield Finding(deciding.segment.number, "status_unknown", words)
        at = self._moment(deciding)
        first, last = detail.period or (None, None)
        entity = self._speaker(deciding, detail.payer_claim_control)
        data = {
            "level": "277CA",
            "outcome": deciding.outcome,
            "reason": deciding.reason,
            "reasons": [status.reason for status in detail.statuses],
            "status_entity": entity,
            "claim_no": number,
            "issuer": issuer_of(self._npi, self._tin, self._submitter or self.header.group.receiver),
            "facility_ids": provider_ids(self._npi, self._tin),
            "payer": self._payer,
            "payer_claim_control": detail.payer_claim_control,
            "batch": self._batch,
            "submitter": self._submitter,
            "amount": parse_amount(deciding.segment.get(4)),
            "service_from": first and first.isoformat(),
            "service_to": last and last.isoformat(),
            "lines": detail.lines,
            "sequence": CLAIM_ACKED[entity],
            "flags": flags + date_flags(at, first, "acknowledged_before_service"),
        }
        yield make_event(
            "claim.acked",
            self.header,
            position=self.position,
            claim=number,
            at=at,
            segment=trn.number,
            data=data,
        )

    def _moment(self, status: Status) -> Moment:
        """Return STC02, else BHT04/05. Raises UnreadableError: an STC02 that is no date is not replaced."""
        said = status.segment.get(2)
        at = parse_moment(said) if said else self._said
        if at is None:
            words = "neither STC02 nor BHT04 is a date; the claim was not sent"
            raise UnreadableError(status.segment.number, "date_unreadable", words)
        return at

    def _speaker(self, status: Status, payer_claim_control: str) -> str:
        """Return who speaks. A number given by the payer, or a status of the payer, is the payer's word."""
        payer = self._source == "PR" or status.entity in {"PR", "1K"} or payer_claim_control
        return "payer" if payer else "clearinghouse"


@dataclass(slots=True)
class AckDetail:
    """The detail of one claim in a 277CA."""

    statuses: list[Status]
    lines: list[dict[str, Any]]
    payer_claim_control: str = ""
    period: tuple[date, date] | None = None

    @classmethod
    def of(cls, item: list[Segment]) -> "AckDetail":
        """Read the segments of one claim, TRN first. From the first SVC on they speak of lines."""
        detail, in_lines = cls([], []), False
        for segment in item[1:]:
            in_lines = in_lines or segment.id == "SVC"
            (detail._line if in_lines else detail._claim)(segment)
        detail.lines = [line for line in detail.lines if "code" in line]
        return detail

    def _claim(self, segment: Segment) -> None:
        if segment.id == "STC":
            self.statuses += statuses(segment)
        elif segment.id == "REF" and segment.get(1) == "1K":
            self.payer_claim_control = usable_key(segment, 2)
        elif segment.id == "DTP" and segment.get(1) == "472":
            self.period = parse_period(segment.get(2), segment.get(3))

    def _line(self, segment: Segment) -> None:
        if segment.id == "SVC":
            line = {"line": str(len(self.lines) + 1), "basis": "acknowledged"}
            if amount := parse_amount(segment.get(2)):
                line["amount"] = amount
            self.lines.append(line)
        elif segment.id == "STC" and (found := statuses(segment)):
            self.lines[-1].setdefault("code", found[0].reason)
        elif segment.id == "REF" and segment.get(1) == "FJ" and usable_key(segment, 2):
            self.lines[-1]["line"] = usable_key(segment, 2)


def _whole_batch(stc: Segment) -> Iterator[Finding]:
    rejected = [status for status in statuses(stc) if status.outcome == "rejected"]
    if rejected:
        words = f"{rejected[0].reason}: a whole batch or provider was rejected; find its claims by hand"
        yield Finding(stc.number, "batch_rejected", words)
