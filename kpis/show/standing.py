"""Pure: where transactions stand: money held by workflow, claims by phase and outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue import HELD, PHASES
from kpis.catalogue.figure import Figure, Sums
from kpis.show.read import Reading
from observability.core.status import status_of
from tracing import declarations
from tracing import words as tracing_words
from tracing.rules.phases import Phase

BASES = {"gross": "gross charges", "payment": "payments"}
NO_OUTCOME = "None yet"


@dataclass(frozen=True, slots=True)
class Counted:
    """A count with its money and its list. The amount is None where no amount is known."""

    count: int
    amount: Decimal | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What is held up in one workflow."""

    workflow: str
    title: str
    amount: Decimal | None
    basis: str
    count: int
    unit: str
    url: str | None
    failed: Counted | None
    late: Counted | None


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """The claims in one phase, by outcome."""

    title: str
    cells: Sequence[Counted | None]
    total: Counted


@dataclass(frozen=True, slots=True)
class Phases:
    """The table of claims by phase and outcome."""

    outcomes: Sequence[str]
    rows: Sequence[PhaseRow]
    unit: str
    basis: str
    note: str


def held(reading: Reading) -> list[Held]:
    """Return what is held up, by workflow, most money first; they carry the same money: never added up."""
    figure = reading.figure(HELD)
    names = {name.partition(":")[0] for name in figure.by_class}
    found = [_held(name, figure, reading) for name in declarations.versions() if name in names]
    return sorted(found, key=lambda part: (-(part.amount or 0), -part.count))


def _held(name: str, figure: Figure, reading: Reading) -> Held:
    workflow = declarations.latest(name)
    whole = figure.part(name)
    return Held(
        workflow=name,
        title=workflow.plural.capitalize(),
        amount=known_amount(whole),
        basis=BASES.get(workflow.amount, workflow.amount),
        count=whole.units,
        unit=workflow.plural,
        url=reading.listed(HELD, name),
        failed=_counted(figure, f"{name}:failed", reading),
        late=_counted(figure, f"{name}:late", reading),
    )


def known_amount(sums: Sums) -> Decimal | None:
    """Return the money of a part of what is held; None where none of its amounts is known."""
    return sums.numerator if sums.denominator else None


def _counted(figure: Figure, part: str, reading: Reading) -> Counted | None:
    sums = figure.part(part)
    if not sums.units:
        return None
    amount = known_amount(sums) if figure.kpi is HELD else sums.numerator
    return Counted(sums.units, amount, reading.listed(figure.kpi, part))


def phases(reading: Reading) -> Phases:
    """Return the claims by phase and outcome."""
    figure = reading.figure(PHASES)
    seen = [phase for phase in Phase if figure.part(phase).units]
    outcomes = sorted({name.partition(":")[2] for name in figure.by_class})
    return Phases(
        outcomes=[outcome_words(outcome) for outcome in outcomes],
        rows=[_row(phase, outcomes, figure, reading) for phase in seen],
        unit="claims",
        basis="gross charges",
        note="first submitted in the period; gross charges, not cash; each claim once",
    )


def _row(phase: Phase, outcomes: Sequence[str], figure: Figure, reading: Reading) -> PhaseRow:
    total = _counted(figure, phase, reading)
    return PhaseRow(
        title=status_of(phase).word,
        cells=[_counted(figure, f"{phase}:{outcome}", reading) for outcome in outcomes],
        total=total or Counted(0, None, ""),
    )


def outcome_words(outcome: str) -> str:
    """Write an outcome; the empty one is of claims that nothing was decided about."""
    return tracing_words.outcome(outcome) if outcome else NO_OUTCOME
