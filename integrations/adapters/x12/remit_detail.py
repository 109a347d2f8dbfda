"""What the loops below a CLP say: service lines, adjustments, remarks, dates."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from integrations.adapters.x12.elements import parse_amount, parse_code, parse_day, parse_procedure
from integrations.adapters.x12.findings import UnreadableError
from integrations.adapters.x12.items import optional_amount, required_amount, usable_key
from integrations.adapters.x12.segments import Segment

ADJUSTMENTS: Final = range(2, 20, 3)
SERVICE_DATES: Final = {"232", "233", "472", "150", "151"}
# Elements of MIA and MOA that hold remark codes.
REMARKS: Final = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}
ALLOWED: Final = {"AU", "B6"}


@dataclass(slots=True)
class Line:
    """The claim as a whole (name "") or one of its service lines, with what is said about it."""

    name: str
    details: list[dict[str, str]] = field(default_factory=list)

    def add(self, basis: str, **said: str | None) -> None:
        """Add one detail: group, code, amount, quantity; what is absent is left out."""
        self.details.append({"basis": basis} | {name: value for name, value in said.items() if value})


@dataclass(slots=True)
class RemitDetail:
    """The detail of one claim in an 835."""

    member: str = ""
    lines: list[Line] = field(default_factory=lambda: [Line("")])
    remarks: list[str] = field(default_factory=list)
    adjusted: Decimal = Decimal(0)
    undated: list[Segment] = field(default_factory=list)  # service dates that are none
    _claim_dates: list[date] = field(default_factory=list)
    _line_dates: list[date] = field(default_factory=list)

    @classmethod
    def of(cls, item: list[Segment]) -> "RemitDetail":
        """Read the segments of one claim, CLP first. Raises UnreadableError for an amount that is none."""
        detail = cls()
        for segment in item[1:]:
            detail._take(segment)
        return detail

    @property
    def period(self) -> tuple[date | None, date | None]:
        """First and last day of service: the claim's where it says them, else the lines'."""
        days = self._claim_dates or self._line_dates
        return (min(days), max(days)) if days else (None, None)

    def balances(self, billed: str, paid: str) -> bool:
        """Whether charge less payment is exactly what the adjustments explain."""
        return Decimal(billed) - Decimal(paid) == self.adjusted

    def all_lines(self) -> list[dict[str, str]]:
        """Return every detail with the line it is about, the claim as a whole first."""
        return [{"line": line.name, **detail} for line in self.lines for detail in line.details]

    def _take(self, segment: Segment) -> None:
        match segment.id:
            case "SVC":
                self._service(segment)
            case "CAS":
                self._adjust(segment)
            case "REF" if segment.get(1) == "6R" and len(self.lines) > 1:
                self.lines[-1].name = usable_key(segment, 2) or self.lines[-1].name
            case "DTM" if segment.get(1) in SERVICE_DATES:
                self._date(segment)
            case "AMT" if segment.get(1) in ALLOWED:
                self.lines[-1].add("allowed", amount=parse_amount(segment.get(2)))
            case "LQ" if segment.get(1) in {"HE", "RX"}:
                self._remark(segment.get(2))
            case "MIA" | "MOA":
                for element in REMARKS[segment.id]:
                    self._remark(segment.get(element))
            case "NM1" if segment.get(8) == "MI" and segment.get(1) in {"IL", "QC"}:
                self._insured(segment.get(1), usable_key(segment, 9))

    def _date(self, segment: Segment) -> None:
        day = parse_day(segment.get(2))
        if day is None:
            self.undated.append(segment)
        else:
            (self._line_dates if len(self.lines) > 1 else self._claim_dates).append(day)

    def _insured(self, role: str, member: str) -> None:
        """Prefer the subscriber's number to the patient's: it is the one the claim was sent with."""
        self.member = member if role == "IL" else self.member or member

    def _service(self, segment: Segment) -> None:
        self.lines.append(Line(str(len(self.lines))))
        code = parse_procedure(segment.part(1, 2) or segment.get(4))
        billed, paid = required_amount(segment, 2), optional_amount(segment, 3) or "0"
        # SVC07 is the billed quantity where the payer changed it; else both are SVC05.
        units = parse_amount(segment.get(5))
        self.lines[-1].add("gross", code=code, amount=billed, quantity=parse_amount(segment.get(7)) or units)
        self.lines[-1].add("paid", code=code, amount=paid, quantity=units)

    def _adjust(self, segment: Segment) -> None:
        """Read up to six triples of reason, amount, quantity."""
        for reason in ADJUSTMENTS:
            if not (segment.get(reason) or segment.get(reason + 1)):
                continue
            group, code = parse_code(segment.get(1)), parse_code(segment.get(reason))
            if not code or len(group) != 2:
                words = "an adjustment whose group or reason is no code; the claim was not sent"
                raise UnreadableError(segment.number, "claim_damaged", words)
            amount = required_amount(segment, reason + 1)
            self.adjusted += Decimal(amount)
            self.lines[-1].add(
                "adjustment",
                group=group,
                code=code,
                amount=amount,
                quantity=parse_amount(segment.get(reason + 2)),
            )

    def _remark(self, code: str) -> None:
        if parse_code(code):
            self.lines[-1].add("remark", code=code)
            if code not in self.remarks:
                self.remarks.append(code)
