"""Pure: what a measure is: its words, what it counts, and when it is on target."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """How a measure stands against its target."""

    ON_TARGET = "on_target"
    AT_RISK = "at_risk"
    OFF_TARGET = "off_target"
    INCOMPLETE = "incomplete"
    NO_TARGET = "no_target"


class Direction(StrEnum):
    """Which way is better."""

    DOWN = "down"
    UP = "up"


class Unit(StrEnum):
    """What the denominator counts."""

    CLAIMS = "claims"
    GROSS = "gross charges"
    DENIED = "denied amounts"
    TRANSACTIONS = "transactions"


class Kind(StrEnum):
    """How its parts become a figure."""

    RATIO = "ratio"  # numerator over denominator
    SHARES = "shares"  # each part over the whole
    STOCK = "stock"  # amounts as they stand at a moment; parts are not added up


@dataclass(frozen=True, slots=True)
class Bands:
    """The edges of a target, as fractions. `source` says whether the edge is a benchmark or our default."""

    direction: Direction
    good: Decimal
    bearable: Decimal
    source: str

    def judge(self, value: Decimal) -> Status:
        """Return the verdict on a value; an edge belongs to the better side."""
        sign = 1 if self.direction is Direction.DOWN else -1
        if value * sign <= self.good * sign:
            return Status.ON_TARGET
        return Status.AT_RISK if value * sign <= self.bearable * sign else Status.OFF_TARGET


@dataclass(frozen=True, slots=True)
class Part:
    """One named set of the units a measure looks at: what a number links down to."""

    name: str
    title: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kpi:
    """One version of one declared measure.

    Its rows fall into classes that exclude each other; parts are unions of classes. `open_class` names
    the class of units that are still undecided: while they are more than a twentieth, the figure is
    immature.
    """

    key: str
    version: int
    title: str
    question: str
    variant: str
    unit: Unit
    kind: Kind
    workflow: str  # whose changes touch it
    numerator: str
    denominator: str
    clock: str
    parts: tuple[Part, ...] = ()
    open_class: str | None = None
    bands: Bands | None = None
    notes: tuple[str, ...] = ()

    def classes(self, part: str) -> tuple[str, ...]:
        """Return the row classes of a part; a name that is no declared part is a class of its own."""
        return next((declared.classes for declared in self.parts if declared.name == part), (part,))

    def part_title(self, part: str) -> str:
        """Return the words for a part."""
        return next((p.title for p in self.parts if p.name == part), part.replace("_", " "))


MATURE_SHARE = Decimal("0.95")


def status_of(bands: Bands | None, value: Decimal | None, *, immature: bool, covered: bool) -> Status:
    """Return how a value stands.

    A verdict of *on target* needs the whole picture: while units are undecided or facilities silent it is
    *incomplete*. A worse verdict stands at once, for waiting would hide it.
    """
    if bands is None:
        return Status.NO_TARGET
    if value is None:
        return Status.INCOMPLETE
    verdict = bands.judge(value)
    if verdict is Status.ON_TARGET and (immature or not covered):
        return Status.INCOMPLETE
    return verdict
