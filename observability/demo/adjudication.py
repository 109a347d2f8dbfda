"""How a payer decides a claim: amounts in cents that balance to the cent, with the reasons."""

from dataclasses import dataclass, replace
from typing import NamedTuple

from observability.demo.network import Payer
from observability.demo.visits import Visit

PRIMARY, SECONDARY, DENIED, TAKEN_BACK = "1", "2", "4", "22"

# Denial reasons by share: claim adjustment reason code, group, remark.
REASONS: tuple[tuple[float, str, str, str], ...] = (
    (0.21, "16", "CO", "M76"),
    (0.17, "197", "CO", ""),
    (0.14, "27", "CO", ""),
    (0.12, "50", "CO", ""),
    (0.09, "97", "CO", ""),
    (0.07, "11", "CO", ""),
    (0.06, "96", "PR", "N130"),
    (0.05, "22", "CO", ""),
    (0.04, "252", "CO", "N706"),
    (0.03, "29", "CO", ""),
    (0.02, "18", "OA", ""),
)


class Adjustment(NamedTuple):
    """Money taken off one line, and why."""

    group: str
    code: str
    cents: int


@dataclass(frozen=True, slots=True)
class Settled:
    """One line as the payer settled it."""

    billed: int
    paid: int
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision on a whole claim, line by line as the claim has them."""

    status: str
    lines: tuple[Settled, ...]
    remark: str = ""
    denied_whole: bool = False

    @property
    def billed(self) -> int:
        """The gross charge, cents."""
        return sum(line.billed for line in self.lines)

    @property
    def paid(self) -> int:
        """What the payer pays, cents."""
        return sum(line.paid for line in self.lines)

    @property
    def patient(self) -> int:
        """What is left to the patient, cents."""
        return sum(each.cents for line in self.lines for each in line.adjustments if each.group == "PR")

    def reversed(self) -> "Decision":
        """Return the take-back of this decision: every amount with its sign turned."""
        lines = tuple(
            Settled(
                -line.billed, -line.paid, tuple(each._replace(cents=-each.cents) for each in line.adjustments)
            )
            for line in self.lines
        )
        return replace(self, status=TAKEN_BACK, lines=lines, denied_whole=False)


def pay(visit: Visit, payer: Payer) -> Decision:
    """Pay what the contract allows, less the patient's share."""
    contract = visit.dice.uniform(*payer.contract)
    patient = visit.dice.random() ** 2 * payer.patient
    lines = tuple(_paid(line.cents, contract, patient) for line in visit.lines)
    return Decision(PRIMARY, lines)


def zero_pay(visit: Visit, payer: Payer) -> Decision:
    """Pay nothing: the whole allowed amount is the patient's deductible. That is no denial."""
    contract = visit.dice.uniform(*payer.contract)
    lines = tuple(_paid(line.cents, contract, 1.0, reason="1") for line in visit.lines)
    return Decision(PRIMARY, lines)


def deny(visit: Visit, payer: Payer, *, code: str = "") -> Decision:
    """Deny every line, for one reason. Some payers say status 4 with it, most say 1."""
    group, reason, remark = _reason(visit.dice.random(), code)
    lines = tuple(Settled(line.cents, 0, (Adjustment(group, reason, line.cents),)) for line in visit.lines)
    status = DENIED if payer.code == "MEDICAID" else PRIMARY
    return Decision(status, lines, remark, denied_whole=True)


def deny_partly(visit: Visit, payer: Payer) -> Decision:
    """Pay the first line and deny the last."""
    first = pay(visit, payer).lines
    group, reason, remark = _reason(visit.dice.random(), "")
    last = visit.lines[-1].cents
    denied = Settled(last, 0, (Adjustment(group, reason, last),))
    return Decision(PRIMARY, (*first[:-1], denied), remark)


def pay_second(visit: Visit, first: Decision) -> Decision:
    """Pay what the first payer left to the patient."""
    lines = []
    for line in first.lines:
        left = sum(each.cents for each in line.adjustments if each.group == "PR")
        already = line.billed - left
        adjusted = (Adjustment("OA", "23", already),) if already else ()
        lines.append(Settled(line.billed, left, adjusted))
    return Decision(SECONDARY, tuple(lines))


def _paid(cents: int, contract: float, patient: float, *, reason: str = "2") -> Settled:
    off = int(cents * contract)
    left = int((cents - off) * patient)
    said = (Adjustment("CO", "45", off), Adjustment("PR", reason, left))
    return Settled(cents, cents - off - left, tuple(each for each in said if each.cents))


def _reason(chance: float, code: str) -> tuple[str, str, str]:
    for share, reason, group, remark in REASONS:
        chance -= share
        if reason == code or (not code and chance < 0):
            return group, reason, remark
    return "CO", "16", "M76"
