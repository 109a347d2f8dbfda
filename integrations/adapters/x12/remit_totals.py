"""Whether one 835 adds up, and what it adjusts above its claims: BPR02 = sum of CLP04 - sum of PLB amounts.

A provider-level adjustment (PLB) is not a claim's money: an overpayment recovered (WO), a balance carried
over (FB), interest (L6). Positive amounts are kept back from the payment, negative ones added to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from integrations.adapters.x12.elements import parse_amount, parse_code
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.segments import UNREADABLE, Segment

ADJUSTMENTS: Final = range(3, 15, 2)
BALANCED, OUT_OF_BALANCE, UNCHECKED = "balanced", "out_of_balance", "unchecked"


@dataclass(slots=True)
class RemitTotals:
    """What the segments of one 835 add up to; also those of claims that were not sent."""

    segment: int = 0  # where the payment is said; 0: nowhere
    payment: Decimal | None = None
    claims: int = 0
    paid: Decimal = Decimal(0)
    kept_back: Decimal = Decimal(0)
    lines: list[dict[str, str]] = field(default_factory=list)
    _doubtful: bool = False  # an amount is not known

    def take(self, segment: Segment) -> Iterator[Finding]:
        """Add one segment of the set."""
        match segment.id:
            case "BPR":
                self.segment, self.payment = segment.number, _amount(segment, 2)
            case "CLP":
                self._claim(_amount(segment, 4))
            case "PLB":
                yield from self._adjust(segment)
            case _ if segment.id == UNREADABLE:
                self._doubtful = True

    @property
    def outcome(self) -> str:
        """Whether the payment is exactly what claims and adjustments come to."""
        if self.payment is None or self._doubtful:
            return UNCHECKED
        return BALANCED if self.payment == self.paid - self.kept_back else OUT_OF_BALANCE

    def findings(self, place: int) -> Iterator[Finding]:
        """Tell, at a segment, a remittance that does not add up, or of which nobody can say so."""
        if self.outcome == OUT_OF_BALANCE:
            words = "BPR02 is not the sum of CLP04 less the amounts of PLB"
            yield Finding(place, "remittance_out_of_balance", words)
        elif self.outcome == UNCHECKED:
            words = "BPR02 cannot be held against CLP04 and PLB: one of them cannot be read"
            yield Finding(place, "remittance_unchecked", words)

    def data(self) -> dict[str, Any]:
        """Return the fields of the event."""
        return {
            "outcome": self.outcome,
            "reason": OUT_OF_BALANCE if self.outcome == OUT_OF_BALANCE else None,
            "payment": None if self.payment is None else format(self.payment, "f"),
            "claims": str(self.claims),
            "claims_paid": format(self.paid, "f"),
            "provider_adjusted": format(self.kept_back, "f") if self.lines else None,
            "lines": self.lines,
        }

    def _claim(self, paid: Decimal | None) -> None:
        self.claims += 1
        self._doubtful = self._doubtful or paid is None
        self.paid += paid or 0

    def _adjust(self, plb: Segment) -> Iterator[Finding]:
        """Read up to six pairs of reason and amount. The reference beside a reason is not kept."""
        for element in ADJUSTMENTS:
            if not (plb.get(element) or plb.get(element + 1)):
                continue
            code, amount = parse_code(plb.part(element, 1)), _amount(plb, element + 1)
            if not code or amount is None:
                self._doubtful = True
                words = f"PLB{element:02} or PLB{element + 1:02} is no code and amount; it was not sent"
                yield Finding(plb.number, "provider_adjustment_unreadable", words)
                continue
            self.kept_back += amount
            self.lines.append(
                {
                    "line": str(len(self.lines) + 1),
                    "code": code,
                    "basis": "provider_adjustment",
                    "amount": format(amount, "f"),
                }
            )


def _amount(segment: Segment, element: int) -> Decimal | None:
    said = parse_amount(segment.get(element))
    return None if said is None else Decimal(said)
