"""Pure: measures as tiles: a number with its unit, target, trend, variant, coverage and what is undecided."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from kpis.catalogue import K01, K02, K07B, Kpi
from kpis.catalogue.figure import Sums
from kpis.catalogue.kpi import Status, status_of
from kpis.show import links, words
from kpis.show.read import Reading
from observability.core import display

TILES = (K01, K02, K07B)
WORST_FIRST = (Status.OFF_TARGET, Status.AT_RISK, Status.INCOMPLETE, Status.ON_TARGET, Status.NO_TARGET)


@dataclass(frozen=True, slots=True)
class Tile:
    """The arguments of the tile component."""

    name: str
    status: Status
    value: str | None
    unit: str
    target: str | None
    change: str | None
    trend: Sequence[Decimal | None]
    trend_target: Decimal | None
    trend_label: str
    variant: str
    coverage: str
    why: str
    url: str | None


def tiles(reading: Reading, currency: str) -> list[Tile]:
    """Return the board's tiles, off target first."""
    made = [tile(kpi, reading, currency) for kpi in TILES]
    return sorted(made, key=lambda one: WORST_FIRST.index(one.status))


def tile(kpi: Kpi, reading: Reading, currency: str) -> Tile:
    """Return one measure's tile."""
    figure = reading.figure(kpi)
    points = reading.trend(kpi)
    series = [point.settled for point in points]
    last = next((value for value in reversed(series) if value is not None), None)
    shown = [None if value is None else value * 100 for value in series]
    still_open = sum(point.immature for point in points)
    return Tile(
        name=kpi.title,
        status=status_of(kpi.bands, figure.value, immature=figure.immature, covered=reading.chosen.covered),
        value=words.value(figure, currency),
        unit=words.unit(kpi),
        target=words.target(kpi.bands),
        change=words.change(figure.value, reading.before(kpi), reading.asked.days, immature=figure.immature),
        trend=shown,
        trend_target=kpi.bands.good * 100 if kpi.bands else None,
        trend_label=_trend_words(reading.asked.days, last, still_open),
        variant=words.variant(kpi),
        coverage=words.coverage(reading.chosen.heard, len(reading.chosen.expected)),
        why=words.undecided(figure) + ("; unsettled days are not drawn" if still_open else ""),
        url=reading.leads(links.measure(kpi, reading.asked)),
    )


def _trend_words(days: int, last: Decimal | None, still_open: int) -> str:
    said = "none settled yet" if last is None else f"last {display.percent(last)} %"
    left_out = f"; {still_open} with claims not adjudicated yet are left out" if still_open else ""
    return f"{days} days, {said}{left_out}"


def ratio(sums: Sums) -> Decimal | None:
    """Return numerator over denominator; None without a denominator."""
    return sums.numerator / sums.denominator if sums.denominator else None
