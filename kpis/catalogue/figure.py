"""Pure: a measure's figure: sums by class, and what follows from them. Ratios are never added or averaged."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from kpis.catalogue.kpi import MATURE_SHARE, Kind, Kpi, Unit

NOTHING = Decimal(0)


def is_immature(units: int, undecided: int) -> bool:
    """Say whether too many of `units` are undecided for a rate over them to be the last word."""
    return bool(units) and 1 - Decimal(undecided) / units < MATURE_SHARE


@dataclass(frozen=True, slots=True)
class Sums:
    """What one class of rows adds up to. `units` counts each claim once."""

    numerator: Decimal = NOTHING
    denominator: Decimal = NOTHING
    units: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.numerator + other.numerator,
            self.denominator + other.denominator,
            self.units + other.units,
        )


class Summed:
    """What rows of queries have in common that hold sums."""

    __slots__ = ()
    numerator: Decimal
    denominator: Decimal
    units: int

    @property
    def sums(self) -> Sums:
        """The sums alone."""
        return Sums(self.numerator, self.denominator, self.units)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure over one window and scope."""

    kpi: Kpi
    by_class: dict[str, Sums] = field(default_factory=dict)

    @classmethod
    def of(cls, kpi: Kpi, sums: Iterable[tuple[str, Sums]]) -> "Figure":
        """Add up sums by class; any number of them may name the same class."""
        by_class: dict[str, Sums] = {}
        for name, part in sums:
            by_class[name] = by_class.get(name, Sums()) + part
        return cls(kpi, by_class)

    @property
    def whole(self) -> Sums:
        """Everything that was looked at."""
        return sum(self.by_class.values(), Sums())

    @property
    def numerator(self) -> Decimal:
        """The numerator, in the measure's unit."""
        return self.whole.numerator

    @property
    def denominator(self) -> Decimal:
        """The denominator, in the measure's unit."""
        return self.whole.denominator

    @property
    def value(self) -> Decimal | None:
        """The ratio; None where there is nothing to divide by, or where the measure is no ratio."""
        if self.kpi.kind is not Kind.RATIO or self.denominator == 0:
            return None
        return self.numerator / self.denominator

    def part(self, name: str) -> Sums:
        """Return what a declared part, a class (`failed:denied`) or a family (`failed`) sums to."""
        wanted = self.kpi.classes(name)
        return sum(
            (sums for c, sums in self.by_class.items() if c in wanted or c.split(":")[0] in wanted), Sums()
        )

    def measured(self, name: str) -> Decimal:
        """Return a part in the measure's own unit: money for a measure of money, else units."""
        part = self.part(name)
        return part.denominator if self.kpi.unit is Unit.GROSS else Decimal(part.units)

    def share(self, name: str) -> Decimal | None:
        """Return a part's share of the whole amount."""
        whole = self.denominator
        return self.part(name).numerator / whole if whole else None

    @property
    def decided_share(self) -> Decimal | None:
        """The share of units that are decided; None where nothing can be undecided or nothing is there."""
        units = self.whole.units
        if self.kpi.open_class is None or not units:
            return None
        return 1 - Decimal(self.part(self.kpi.open_class).units) / units

    @property
    def immature(self) -> bool:
        """Say whether too many units are undecided for the figure to be the last word."""
        if self.kpi.open_class is None:
            return False
        return is_immature(self.whole.units, self.part(self.kpi.open_class).units)
