"""The visits of one day at one facility: the same for the same day, whenever it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from observability.demo.moments import HOUR, is_working, midnight
from observability.demo.network import PAYERS, Payer, Place

SEED = "cedarline-1"
WEEKEND = 0.42
BUSY = (7, 20)  # hours in which most visits happen

# What is done in a department: procedure code and its charge in cents, least and most.
WORK: dict[str, tuple[tuple[str, int, int], ...]] = {
    "Emergency": (("99284", 92_000, 164_000), ("99283", 58_000, 98_000), ("71046", 21_000, 39_000)),
    "Medicine": (("99223", 61_000, 88_000), ("96374", 24_000, 46_000), ("80053", 9_000, 17_000)),
    "Imaging": (("70551", 180_000, 310_000), ("74177", 210_000, 390_000), ("73721", 150_000, 260_000)),
    "Surgery": (
        ("27447", 2_400_000, 4_200_000),
        ("47562", 1_300_000, 2_300_000),
        ("45385", 310_000, 520_000),
    ),
    "Cardiology": (("93306", 140_000, 230_000), ("93458", 620_000, 1_100_000), ("93000", 14_000, 26_000)),
    "Laboratory": (("80053", 9_000, 17_000), ("85025", 6_000, 12_000), ("83036", 7_000, 13_000)),
    "Primary care": (("99214", 21_000, 34_000), ("99213", 15_000, 24_000), ("36415", 2_000, 4_000)),
}
ROOM_AND_BOARD = ("0120", 240_000, 410_000)  # a day, cents


@dataclass(frozen=True, slots=True)
class Line:
    """One line of work: a code, its gross charge in cents, how many."""

    code: str
    cents: int
    quantity: int


@dataclass(slots=True)
class Visit:
    """One visit. `dice` is its own source of chance, used by whoever tells what came of it, in turn."""

    place: Place
    day: date
    number: str
    payer: Payer
    department: str
    stays: bool
    at: int  # when it ended, seconds since 1970 UTC
    lines: tuple[Line, ...]
    dice: Random

    @property
    def account(self) -> str:
        """The account that all its charges and claims hang on."""
        return f"A{self.number}"

    @property
    def encounter(self) -> str:
        """Its number in the EHR."""
        return f"E{self.number}"

    @property
    def patient(self) -> str:
        """A medical record number; a few patients come more than once."""
        return f"M{int(self.number.replace('-', '')) * 7919 % 60_000:05}"

    @property
    def member(self) -> str:
        """The patient's number at the payer."""
        return f"{self.payer.code[:3]}{self.patient[1:]}"

    @property
    def cents(self) -> int:
        """The gross charge of all lines."""
        return sum(line.cents for line in self.lines)


def visits_of(day: date, place: Place) -> Iterator[Visit]:
    """Yield the visits of one day of one facility."""
    count = place.visits if is_working(day) else round(place.visits * WEEKEND)
    start = midnight(day, place.zone)
    for index in range(count):
        yield _visit(day, place, start, index)


def _visit(day: date, place: Place, start: int, index: int) -> Visit:
    dice = Random(f"{SEED}/{day}/{place.code}/{index}")  # noqa: S311 - a demonstration must repeat itself
    department = _pick(dice.random(), place.departments)
    stays = department not in ("Laboratory", "Imaging") and dice.random() < place.inpatient * 1.4
    hour = dice.uniform(*BUSY) if dice.random() < 0.86 else dice.uniform(0, 24)
    return Visit(
        place=place,
        day=day,
        number=f"{day:%y%m%d}-{place.number}{index:03}",
        payer=_payer(dice.random()),
        department=department,
        stays=stays,
        at=start + int(hour * HOUR),
        lines=_lines(dice, department, stays=stays),
        dice=dice,
    )


def _lines(dice: Random, department: str, *, stays: bool) -> tuple[Line, ...]:
    work = WORK[department]
    first = work[min(int(dice.random() ** 1.6 * len(work)), len(work) - 1)]
    lines = [_line(dice, first)]
    if dice.random() < 0.42:
        lines.append(_line(dice, work[(work.index(first) + 1) % len(work)]))
    if stays:
        code, least, most = ROOM_AND_BOARD
        nights = 1 + int(dice.random() ** 2 * 6)
        lines.append(Line(code, dice.randrange(least, most, 100) * nights, nights))
    return tuple(lines)


def _line(dice: Random, work: tuple[str, int, int]) -> Line:
    code, least, most = work
    return Line(code, dice.randrange(least, most, 50), 1)


def _pick(chance: float, shares: tuple[tuple[str, float], ...]) -> str:
    for name, share in shares:
        chance -= share
        if chance < 0:
            return name
    return shares[-1][0]


def _payer(chance: float) -> Payer:
    for payer in PAYERS:
        chance -= payer.share
        if chance < 0:
            return payer
    return PAYERS[-1]
