"""What the loops below a CLM say: dates, the payer's number for the original, service lines.

Loops of *other* payers (2320, from an SBR to the first LX) are passed over: their control numbers,
amounts and adjustments are not this claim's.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from integrations.adapters.x12.elements import parse_amount, parse_period, parse_procedure
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.items import usable_key
from integrations.adapters.x12.segments import Segment

# Service segment: claim type, elements of the charge and the quantity, element of the procedure code.
SERVICES: Final = {"SV1": ("P", 2, 4, 1), "SV2": ("I", 3, 5, 2), "SV3": ("D", 2, 6, 1)}
STATEMENT, SERVICE = "434", "472"
NPI: Final = re.compile(r"[0-9]{10}")
CLAIM, OTHER_PAYER, LINE = "claim", "other payer", "line"


@dataclass(slots=True)
class ClaimDetail:
    """The detail of one claim."""

    type: str = ""
    payer_claim_control: str = ""
    rendering_provider: str = ""  # NPI
    lines: list[dict[str, Any]] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    _statement: list[date] = field(default_factory=list)
    _services: list[date] = field(default_factory=list)
    _scope: str = CLAIM
    _next_line: str = ""

    @classmethod
    def of(cls, item: list[Segment]) -> "ClaimDetail":
        """Read the segments of one claim, CLM first."""
        detail = cls()
        for segment in item[1:]:
            detail._take(segment)
        return detail

    @property
    def period(self) -> tuple[date | None, date | None]:
        """First and last day of service: the statement's where there is one, else the lines'."""
        days = self._statement or self._services
        return (min(days), max(days)) if days else (None, None)

    def _take(self, segment: Segment) -> None:
        if segment.id == "SBR" and self._scope == CLAIM:
            self._scope = OTHER_PAYER
        elif segment.id == "LX":
            self._scope, self._next_line = LINE, usable_key(segment, 1)
        elif segment.id in SERVICES:
            self._scope = LINE
            self._service(segment)
        elif self._scope == CLAIM:
            self._claim_level(segment)
        elif self._scope == LINE:
            self._line_level(segment)

    def _claim_level(self, segment: Segment) -> None:
        if segment.id == "REF" and segment.get(1) == "F8":
            self.payer_claim_control = usable_key(segment, 2)
        elif segment.id == "DTP" and segment.get(1) in {STATEMENT, SERVICE}:  # a dental claim says the latter
            self._dates(segment, self._statement)
        elif segment.id == "NM1" and (segment.get(1), segment.get(8)) == ("82", "XX"):
            self.rendering_provider = segment.get(9) if NPI.fullmatch(segment.get(9)) else ""

    def _line_level(self, segment: Segment) -> None:
        if segment.id == "DTP" and segment.get(1) == SERVICE:
            self._dates(segment, self._services)
        elif segment.id == "REF" and segment.get(1) == "6R" and self.lines and usable_key(segment, 2):
            self.lines[-1]["line"] = usable_key(segment, 2)

    def _dates(self, segment: Segment, into: list[date]) -> None:
        period = parse_period(segment.get(2), segment.get(3))
        if period:
            into.extend(period)
            return
        words = f"DTP*{segment.get(1)} is no date; the claim goes without it"
        self.findings.append(Finding(segment.number, "service_date_unreadable", words))
        if "service_date_unreadable" not in self.flags:
            self.flags.append("service_date_unreadable")

    def _service(self, segment: Segment) -> None:
        self.type, charge, units, procedure = SERVICES[segment.id]
        # An institutional line may have a revenue code only.
        code = segment.part(procedure, 2) or (segment.get(1) if segment.id == "SV2" else "")
        amount = parse_amount(segment.get(charge))
        if amount is None:
            words = f"{segment.id}{charge:02} is not a number; the line goes without it"
            self.findings.append(Finding(segment.number, "line_amount_unreadable", words))
        said = {
            "line": self._next_line or str(len(self.lines) + 1),
            "code": parse_procedure(code),
            "basis": "gross",
            "amount": amount,
            "quantity": parse_amount(segment.get(units)),
        }
        self._next_line = ""
        self.lines.append({name: value for name, value in said.items() if value})
