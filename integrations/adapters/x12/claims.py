"""837: claims as submitted, professional, institutional and dental (004010 and 005010)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Final

from integrations.adapters.x12.claim_detail import ClaimDetail
from integrations.adapters.x12.elements import Moment, parse_moment
from integrations.adapters.x12.envelope import SetHeader
from integrations.adapters.x12.events import (
    SUBMITTED,
    Event,
    batch_of,
    batch_sent,
    date_flags,
    issuer_of,
    make_event,
    provider_ids,
)
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.items import ItemReader, required_amount, required_claim_number, usable_key
from integrations.adapters.x12.segments import Segment

VERSIONS: Final = {"X098": "P", "X222": "P", "X096": "I", "X223": "I", "X097": "D", "X224": "D"}
TAX_QUALIFIERS: Final = {"24", "FI"}  # 34 is a social security number: never used
PURPOSES: Final = {"CH", "RP", "31"}
BILLING, SUBSCRIBER = "20", "22"


@dataclass(slots=True)
class Billing:
    """The billing provider of loop 2000A."""

    npi: str = ""
    tin: str = ""


@dataclass(slots=True)
class Coverage:
    """The subscriber's insurance of loop 2000B: whose turn it is to pay, who pays, under which number."""

    sequence: str = ""
    payer: str = ""
    member: str = ""


@dataclass(slots=True)
class Above:
    """What every claim inherits from the loops above it."""

    at: Moment | None = None
    batch: str = ""
    purpose: str = ""
    submitter: str = ""
    billing: Billing = field(default_factory=Billing)
    coverage: Coverage = field(default_factory=Coverage)


def claim_type(version: str) -> str:
    """Return P, I or D by implementation guide, or "" if the version names none we know."""
    return next((kind for guide, kind in VERSIONS.items() if guide in version), "")


class ClaimReader(ItemReader):
    """Reads one 837."""

    item_name: ClassVar[str] = "claim"

    def __init__(self, header: SetHeader) -> None:
        super().__init__(header)
        self._above = Above()
        self._type = claim_type(header.version)
        self._named = ""  # entity of the last NM1: a REF belongs to it
        self._told_dateless = False

    def starts_item(self, segment: Segment) -> bool:
        return segment.id == "CLM"

    def ends_item(self, segment: Segment) -> bool:
        return segment.id == "HL"

    def note(self, segment: Segment) -> Iterator[Finding]:
        above = self._above
        if segment.id == "BHT":
            above.batch = usable_key(segment, 3)
            above.purpose = segment.get(6) if segment.get(6) in PURPOSES else ""
            above.at = parse_moment(segment.get(4), segment.get(5))
        elif segment.id == "HL":
            self._enter(segment.get(3))
        elif segment.id == "SBR":
            above.coverage.sequence = segment.get(1)
        elif segment.id == "NM1":
            self._name(segment)
        elif segment.id == "REF" and segment.get(1) in {"EI", "TJ"} and self._named == "85":
            above.billing.tin = usable_key(segment, 2)
        elif segment.id == "REF" and segment.get(1) == "87":
            self._type = self._type or claim_type(segment.get(2))
        return iter(())

    def _enter(self, level: str) -> None:
        self._named = ""
        if level == BILLING:
            self._above.billing = Billing()
            self._damaged = False
        if level in {BILLING, SUBSCRIBER}:
            self._above.coverage = Coverage()

    def _name(self, segment: Segment) -> None:
        above, self._named = self._above, segment.get(1)
        identifier, qualifier = usable_key(segment, 9), segment.get(8)
        if self._named == "41":
            above.submitter = identifier
        elif self._named == "85" and qualifier == "XX":
            above.billing.npi = identifier
        elif self._named == "85" and qualifier in TAX_QUALIFIERS:
            above.billing.tin = identifier
        elif self._named == "IL" and qualifier == "MI":
            above.coverage.member = identifier
        elif self._named == "PR":
            above.coverage.payer = identifier

    def read_item(self, item: list[Segment]) -> Iterator[Event | Finding]:
        if self._above.at is None:
            yield from self._no_date(item[0])
            return
        claim, findings = self._claim(item, self._above.at)
        yield from findings
        yield claim

    def _no_date(self, clm: Segment) -> Iterator[Finding]:
        """Tell once per set, however many claims it holds."""
        if not self._told_dateless:
            self._told_dateless = True
            words = "BHT04 is missing or no date; none of the claims of this set was sent"
            yield Finding(clm.number, "set_date_unreadable", words)

    def _claim(self, item: list[Segment], at: Moment) -> tuple[Event, list[Finding]]:
        clm, above, header = item[0], self._above, self.header
        number, amount = required_claim_number(clm, 1), required_amount(clm, 2)
        findings: list[Finding] = []
        frequency, flags = _frequency(clm, findings)
        sequence = _sequence(clm, above.coverage, findings, flags)
        submitter = above.submitter or header.group.sender
        if not (above.billing.npi or above.billing.tin):
            words = "no NPI or tax number of the billing provider"
            findings.append(Finding(clm.number, "billing_provider_missing", words))
        detail = ClaimDetail.of(item)
        findings += detail.findings
        first, last = detail.period
        data = {
            "claim_no": number,
            "payer_sequence": sequence,
            "issuer": issuer_of(above.billing.npi, above.billing.tin, submitter),
            "tax_issuer": f"tin:{above.billing.tin}" if above.billing.tin else None,
            "tax_claim_no": number if above.billing.tin else None,
            "facility_ids": provider_ids(above.billing.npi, above.billing.tin),
            "payer": above.coverage.payer,
            "rendering_provider": detail.rendering_provider,
            "member": above.coverage.member,
            "claim_type": self._type or detail.type,
            "frequency": frequency,
            "amount": amount,
            "payer_claim_control": detail.payer_claim_control,
            **self._names(submitter, number),
            "purpose": above.purpose,
            "submitter": submitter,
            "service_from": first and first.isoformat(),
            "service_to": last and last.isoformat(),
            "lines": detail.lines,
            "sequence": SUBMITTED + (int(frequency) if frequency.isdigit() else 0),
            "flags": flags + detail.flags + date_flags(at, first, "submitted_before_service"),
        }
        event = make_event(
            "claim.submitted",
            header,
            position=self.position,
            claim=number,
            at=at,
            segment=clm.number,
            data=data,
        )
        return event, findings

    def _names(self, submitter: str, number: str) -> dict[str, str | None]:
        """Return what an answer to its set, its batch, or a provider's part of that finds the claim by."""
        header, batch, npi = self.header, self._above.batch, self._above.billing.npi
        moment = parse_moment(header.group.day)
        day = moment.day if moment else None
        return {
            "interchange": f"{header.interchange.sender}/{header.interchange.control}",
            "group": header.group_name,
            "set": header.set_name,
            "set_date": day.isoformat() if day else None,
            "batch": batch_of(submitter, batch, number),
            "batch_sent": batch_sent(submitter, batch, day) if day else None,
            "provider_batch_sent": batch_sent(submitter, batch, day, npi) if day and npi else None,
        }


def _frequency(clm: Segment, findings: list[Finding]) -> tuple[str, list[str]]:
    """Return CLM05-3 and the flag that says when it had to be assumed."""
    frequency = clm.part(5, 3)
    if re.fullmatch(r"[0-9A-Z]", frequency):
        return frequency, []
    findings.append(Finding(clm.number, "frequency_assumed", "CLM05-3 is missing; taken as 1, an original"))
    return "1", ["frequency_assumed"]


def _sequence(clm: Segment, coverage: Coverage, findings: list[Finding], flags: list[str]) -> str:
    """Return SBR01; flags when it had to be assumed."""
    if re.fullmatch(r"[PSTA-H]", coverage.sequence):
        return coverage.sequence
    words = "SBR01 is missing or unknown; taken as P, primary"
    findings.append(Finding(clm.number, "payer_sequence_assumed", words))
    flags.append("payer_sequence_assumed")
    return "P"
