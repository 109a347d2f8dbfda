"""Pure: whether a remittance denied the claim, how much of it, and why.

The claim status code (CLP02) alone never says so: payers use 4 for "not recognised" and for any denial,
and send denials under 1, 2 and 3. What decides is the meaning of the adjustment reasons (CARC), by a
versioned table, whatever their group: CO-45 is a contract, CO-197 and PR-204 are denials.

A claim is *denied* when nothing was paid and the denied amount reaches the part of the charge that is
neither contractual nor the patient's, however small that part is: a deductible of $950 with a bundled line
of $50 is a denial of $50. Any smaller denied amount makes it *partly denied*.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from integrations.ingest import records

RULE_VERSION = 1

CONTRACTUAL = "contractual"
PATIENT = "patient_responsibility"
PEND = "pend"
UNKNOWN = "unknown"
ADJUSTMENT = "adjustment"
PATIENT_GROUP = "PR"
NOTHING = Decimal(0)


class Outcome(StrEnum):
    """What a remittance came to."""

    PAID = "paid"
    DENIED = "denied"
    PARTLY_DENIED = "partly_denied"
    ZERO_PAY = "zero_pay"  # nothing paid and nothing denied: deductible, contract, capitation
    PENDED = "pended"
    REVERSED = "reversed"
    PREDETERMINATION = "predetermination"
    FORWARDED = "forwarded"  # not this payer's claim


# The others leave the claim undecided, so they are never its first outcome.
ADJUDICATIONS = frozenset({Outcome.PAID, Outcome.DENIED, Outcome.PARTLY_DENIED, Outcome.ZERO_PAY})

# CLP02 values that are no adjudication, whatever the amounts say.
SET_ASIDE = {"22": Outcome.REVERSED, "23": Outcome.FORWARDED, "25": Outcome.PREDETERMINATION}
STATUS_DENIED = "4"

# Flags: what a person should look at. Stored with the fact.
UNEXPLAINED_DENIAL = "denied_status_without_denial_reason"
UNKNOWN_REASON = "unknown_adjustment_reason"
CHARGE_FROM_BALANCE = "charge_from_balance"


@dataclass(frozen=True, slots=True)
class Table:
    """Adjustment reason codes by category, and which categories are denials."""

    version: int
    categories: Mapping[str, str]
    denial: frozenset[str]

    @classmethod
    def read(cls, declared: Mapping[str, Any]) -> "Table":
        """Build the table from `version`, `categories`, and `carc`: code to (category, label)."""
        return cls(
            version=int(declared["version"]),
            categories={str(code): category for code, (category, _) in declared["carc"].items()},
            denial=frozenset(name for name, spec in declared["categories"].items() if spec["denial"]),
        )

    def category(self, code: str | None) -> str:
        """Return the category of a reason code; `unknown` for one the table does not hold."""
        if code is None:
            return UNKNOWN
        return self.categories.get(code) or self.categories.get(code.strip().upper().lstrip("0"), UNKNOWN)


@dataclass(frozen=True, slots=True)
class Derived:
    """What the rule says about one remittance. Amounts are exact."""

    outcome: str
    denied: Decimal
    by_category: dict[str, Decimal]  # denial categories only
    categories: tuple[str | None, ...]  # of each line in the order given; None: not an adjustment
    table_version: int
    flags: tuple[str, ...]


@dataclass(slots=True)
class _Sums:
    """Adjustments added up by what they mean."""

    by_category: dict[str, Decimal]
    all: Decimal = NOTHING
    contractual: Decimal = NOTHING
    patient: Decimal = NOTHING
    patient_group_elsewhere: Decimal = NOTHING  # group PR with a reason that is not the patient's share
    pended: Decimal = NOTHING

    @property
    def denied(self) -> Decimal:
        return sum(self.by_category.values(), NOTHING)


def _add_up(lines: Sequence[records.Line], categories: Sequence[str | None], table: Table) -> _Sums:
    sums = _Sums(by_category={})
    for line, category in zip(lines, categories, strict=True):
        if category is None or line.amount is None:
            continue
        amount = Decimal(line.amount)
        sums.all += amount
        if category in table.denial:
            sums.by_category[category] = sums.by_category.get(category, NOTHING) + amount
        elif category == CONTRACTUAL:
            sums.contractual += amount
        elif category == PEND:
            sums.pended += amount
        if category == PATIENT:
            sums.patient += amount
        elif line.group == PATIENT_GROUP:
            sums.patient_group_elsewhere += amount
    return sums


def _decide(sums: _Sums, charge: Decimal, paid: Decimal, patient: Decimal) -> Outcome:
    denied = sums.denied
    if denied > 0:
        whole = paid == 0 and denied >= charge - sums.contractual - patient
        return Outcome.DENIED if whole else Outcome.PARTLY_DENIED
    if paid != 0:
        return Outcome.PAID
    return Outcome.PENDED if sums.pended > 0 else Outcome.ZERO_PAY


def classify(
    *,
    claim_status: str,
    billed: Decimal | None,
    paid: Decimal,
    patient_responsibility: Decimal | None,
    lines: Sequence[records.Line],
    table: Table,
) -> Derived:
    """Decide one remittance from its status, its amounts and all its adjustments, claim and service level.

    Without `billed` the charge is what was paid plus all that was taken off, which is how a remittance
    balances, and the patient's share what the reasons say. With it the share is the larger of that and what
    the payer states, less what stands in the patient's group for another reason and is counted as that.
    """
    categories = tuple(table.category(x.code) if x.basis == ADJUSTMENT else None for x in lines)
    sums = _add_up(lines, categories, table)
    stated = (patient_responsibility or NOTHING) - sums.patient_group_elsewhere
    if billed is None:  # a charge made of the lines goes with a share made of the lines
        charge, patient = paid + sums.all, sums.patient
    else:
        charge, patient = billed, max(sums.patient, stated)
    outcome = SET_ASIDE.get(claim_status) or _decide(sums, charge, paid, patient)
    denied = sums.denied
    flags = []
    if claim_status == STATUS_DENIED and denied <= 0:
        flags.append(UNEXPLAINED_DENIAL)
    if UNKNOWN in categories:
        flags.append(UNKNOWN_REASON)
    if billed is None:
        flags.append(CHARGE_FROM_BALANCE)
    return Derived(outcome.value, denied, sums.by_category, categories, table.version, tuple(flags))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def derive(event: records.Event, table: Table) -> Derived:
    """Decide a remittance event: its amount is what was paid, the rest stands in its attributes and lines."""
    said = event.attributes
    return classify(
        claim_status=said.get("claim_status", ""),
        billed=_amount(said.get("billed")),
        paid=_amount(event.amount) or NOTHING,
        patient_responsibility=_amount(said.get("patient_responsibility")),
        lines=event.lines,
        table=table,
    )
