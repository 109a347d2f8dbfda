"""277CA: what a clearinghouse or payer says about each claim on receipt (005010X214, 004040X167).

The status of the claim itself decides; a rejected service line does not reject its claim. The status of a
whole batch or provider decides only where no claims are listed below it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final

from integrations.adapters.x12.batch_acks import BATCH, PROVIDERS_PART, About, WholeAnswer
from integrations.adapters.x12.claim_status import OUTCOMES, Status, deciding, statuses
from integrations.adapters.x12.elements import (
    Moment,
    parse_amount,
    parse_day,
    parse_moment,
    parse_period,
)
from integrations.adapters.x12.envelope import SetHeader
from integrations.adapters.x12.events import (
    CLAIM_ACKED,
    Event,
    batch_of,
    date_flags,
    issuer_of,
    make_event,
    provider_ids,
)
from integrations.adapters.x12.findings import Finding, UnreadableError
from integrations.adapters.x12.items import ItemReader, required_claim_number, usable_key
from integrations.adapters.x12.segments import Segment

SOURCE, RECEIVER, PROVIDER = "20", "21", "19"
RECEIVED: Final = "050"
CLAIM_LEVELS: Final = {"PT", "22", "23"}


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
        self._received: date | None = None
        self._answers: dict[str, WholeAnswer] = {}  # of the levels that the reading is in
        self._answered = 0  # whole batches and providers so far

    def feed(self, segment: Segment) -> Iterator[Event | Finding]:
        """Take the next segment of the set."""
        if self.starts_item(segment):
            for answer in self._answers.values():
                answer.lists_claims = True
        yield from super().feed(segment)

    def close(self, segment_number: int, *, complete: bool) -> Iterator[Event | Finding]:
        """End the set. Where it broke off, claims of a batch may be missing: none is answered as a whole."""
        self.speaks_beyond_items = bool(self._answered or self._answers)
        yield from super().close(segment_number, complete=complete)
        if complete:
            yield from self._leave(SOURCE)

    def starts_item(self, segment: Segment) -> bool:
        return segment.id == "TRN" and self._level in CLAIM_LEVELS

    def ends_item(self, segment: Segment) -> bool:
        return segment.id == "HL"

    def note(self, segment: Segment) -> Iterator[Event | Finding]:
        if segment.id == "BHT":
            self._said = parse_moment(segment.get(4), segment.get(5))
        elif segment.id == "HL":
            yield from self._leave(segment.get(3))
            self._enter(segment.get(3))
        elif segment.id == "NM1":
            self._name(segment)
        elif segment.id == "TRN" and self._level == RECEIVER:
            self._batch = usable_key(segment, 2)
        elif segment.id == "STC" and self._level in {RECEIVER, PROVIDER}:
            self._answers.setdefault(self._level, WholeAnswer()).statuses += statuses(segment)
        elif segment.id == "STC" and self._level in CLAIM_LEVELS:
            yield Finding(
                segment.number, "ack_incomplete", "a claim is answered without its number; not sent"
            )
        elif segment.id == "DTP" and segment.get(1) == RECEIVED and self._level == SOURCE:
            self._received = parse_day(segment.get(3))

    def _enter(self, level: str) -> None:
        self._level = level
        if level == SOURCE:
            self._damaged, self._received = False, None
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
        status = deciding(detail.statuses)
        flags = _unknown(status)
        yield from _told(status, flags)
        at = self._moment(status)
        first, last = detail.period or (None, None)
        entity = self._speaker(status, detail.payer_claim_control)
        data = {
            "level": "277CA",
            "outcome": status.outcome,
            "reason": status.reason,
            "reasons": [each.reason for each in detail.statuses],
            "status_entity": entity,
            "claim_no": number,
            "issuer": issuer_of(self._npi, self._tin, self._submitter or self.header.group.receiver),
            "facility_ids": provider_ids(self._npi, self._tin),
            "payer": self._payer,
            "payer_claim_control": detail.payer_claim_control,
            "batch": batch_of(self._submitter, self._batch, number),
            "submitter": self._submitter,
            "amount": parse_amount(status.segment.get(4)),
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

    def _leave(self, next_level: str) -> Iterator[Event | Finding]:
        """Yield the answers to what ends where this level begins: a provider's part before its batch."""
        levels = {SOURCE: (PROVIDER, RECEIVER), RECEIVER: (PROVIDER, RECEIVER), PROVIDER: (PROVIDER,)}
        for level in levels.get(next_level, ()):
            answer = self._answers.pop(level, None)
            if answer is None or not answer.statuses:
                continue
            about = self._about(level)
            if answer.lists_claims:
                yield from answer.beside_its_claims()
            elif level == PROVIDER and (whole := self._answers.get(RECEIVER)) and whole.rejects_all:
                continue  # the batch that it is part of is rejected as a whole
            elif self._damaged:
                words = "a segment of this batch could not be read; its answer was not sent"
                yield Finding(answer.place, "claim_damaged", words)
            elif not about.names():
                yield Finding(answer.place, "batch_unnamed", about.what_is_missing())
            else:
                yield from self._whole(answer, about)

    def _about(self, level: str) -> About:
        whole = BATCH if level == RECEIVER else PROVIDERS_PART
        return About(whole, self._submitter, self._batch, self._received, self._npi, self._tin)

    def _whole(self, answer: WholeAnswer, about: About) -> Iterator[Event | Finding]:
        """Yield the event for all claims of a batch, or of a provider's part of it."""
        status = deciding(answer.statuses)
        flags = _unknown(status)
        yield from _told(status, flags)
        try:
            at = self._moment(status)
        except UnreadableError as unreadable:
            yield unreadable.finding
            return
        self._answered += 1
        entity = self._speaker(status, "")
        data = {
            "level": "277CA",
            "outcome": status.outcome,
            "reason": status.reason,
            "reasons": [each.reason for each in answer.statuses],
            "status_entity": entity,
            **about.data(),
            "payer": self._payer,
            "amount": parse_amount(status.segment.get(4)),
            "sequence": CLAIM_ACKED[entity] - about.generality,
            "flags": flags + date_flags(at, None, "acknowledged_before_service"),
        }
        yield make_event(
            "claim.acked",
            self.header,
            position=-self._answered,
            claim=about.whole,
            at=at,
            segment=answer.place,
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


def _unknown(status: Status) -> list[str]:
    return [] if status.category in OUTCOMES else ["status_unknown"]


def _told(status: Status, flags: list[str]) -> Iterator[Finding]:
    if flags:
        words = "an unknown status category; counts as pending"
        yield Finding(status.segment.number, "status_unknown", words)
