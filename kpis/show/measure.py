"""Pure: the page of one measure: figures, trend, breakdowns, definition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from kpis import charts
from kpis.catalogue import HELD, K04, Kpi
from kpis.catalogue.figure import Figure
from kpis.catalogue.kpi import Kind, Status, Unit, status_of
from kpis.queries.values import Stored
from kpis.show import words
from kpis.show.breakdowns import Breakdown, Cell, Column, breakdowns, columns_of, nouns, row_of
from kpis.show.read import Point, Reading
from kpis.show.standing import known_amount
from observability.core import display
from tracing import declarations


@dataclass(frozen=True, slots=True)
class Trend:
    """A chart with the numbers behind it."""

    figure: dict[str, Any]
    columns: Sequence[Column]
    rows: Sequence[Cell]
    note: str
    unit: str


@dataclass(frozen=True, slots=True)
class MeasurePage:
    """The context of the page of a measure."""

    key: str
    name: str
    status: Status
    value: str | None
    unit: str
    target: str | None
    change: str | None
    question: str
    sentence: str
    so_far: bool
    over_time: bool
    as_of: datetime
    zone: str
    coverage: str
    notes: Sequence[str]
    variant: str
    url: str | None
    list_words: str
    figures: Sequence[Cell]
    trend: Trend | None
    breakdowns: Sequence[Breakdown]
    definition: Sequence[Cell]
    restated: str


def measure_page(
    kpi: Kpi, reading: Reading, payers: Sequence[Stored], names: Mapping[str, str], currency: str
) -> MeasurePage:
    """Put the page of one measure together."""
    figure, chosen = reading.figure(kpi), reading.chosen
    held = kpi is HELD
    whole_part = "denominator" if kpi.kind is Kind.RATIO else None
    return MeasurePage(
        key=kpi.key,
        name=kpi.title,
        status=status_of(kpi.bands, figure.value, immature=figure.immature, covered=chosen.covered),
        value=words.value(figure, currency),
        unit=words.unit(kpi),
        target=words.target(kpi.bands),
        change=words.change(figure.value, reading.before(kpi), reading.asked.days, immature=figure.immature),
        question=kpi.question,
        sentence=sentence(figure, currency),
        so_far=figure.immature,
        over_time=not held,
        as_of=(reading.held_as_of or reading.as_of) if held else reading.as_of,
        zone=chosen.zone,
        coverage=words.coverage(chosen.heard, len(chosen.expected)),
        notes=[] if held else words.rest(reading.rest_seconds),
        variant=words.variant(kpi),
        url=reading.listed(kpi, whole_part),
        list_words=f"The {words.one_or_many(_units(figure, whole_part), nouns(kpi))} behind it",
        figures=figures(figure),
        trend=None if held else trend(kpi, reading, currency),
        breakdowns=breakdowns(kpi, reading, payers, names),
        definition=definition(kpi, reading),
        restated="",
    )


def sentence(figure: Figure, currency: str) -> str:
    """Write what a measure that is no rate comes to; a rate is said by its value."""
    if figure.kpi.kind is Kind.RATIO:
        return ""
    if figure.kpi is HELD:
        return _standing_words(figure, currency)
    claims = words.one_or_many(figure.whole.units, nouns(figure.kpi))
    money = display.money_short(figure.numerator, currency)
    if figure.kpi is K04:
        return f"{money} denied in {claims}." if figure.whole.units else "Nothing was denied in this period."
    return f"{claims}, {money} {figure.kpi.unit}."


def _standing_words(figure: Figure, currency: str) -> str:
    said = []
    parts = [(figure.part(name), declarations.latest(name)) for name in declarations.versions()]
    for part, workflow in sorted(parts, key=lambda pair: -pair[0].numerator):
        money = known_amount(part)
        if part.units:
            count = f"{display.number(part.units)} {workflow.plural}"
            said.append(count if money is None else f"{display.money_short(money, currency)} in {count}")
    return (
        f"Held up: {'; '.join(said)}." if said else "Nothing stands still: no transaction is failed or late."
    )


def _units(figure: Figure, part: str | None) -> int:
    return figure.whole.units if part is None else figure.part(part).units


def figures(figure: Figure) -> list[Cell]:
    """Return numerator, denominator and what stands beside them."""
    kpi = figure.kpi
    if kpi.kind is not Kind.RATIO:
        rows = [("Claims" if kpi is not HELD else "Transactions", figure.whole.units, "number", "")]
        if kpi is not HELD:
            rows.append(("Amount", figure.numerator, "money", kpi.unit.value))  # type: ignore[arg-type]
        return [
            {"label": label, "value": value, "kind": kind, "basis": basis}
            for label, value, kind, basis in rows
        ]
    money = kpi.unit is Unit.GROSS
    kind = "money" if money else "number"
    shown: list[Cell] = [
        {
            "label": kpi.part_title("numerator"),
            "value": figure.numerator,
            "kind": kind,
            "basis": "denied amounts" if money else kpi.unit.value,
        },
        {
            "label": kpi.part_title("denominator"),
            "value": figure.denominator,
            "kind": kind,
            "basis": kpi.unit.value,
        },
    ]
    beside = [
        part
        for part in kpi.parts
        if part.name not in ("numerator", "denominator") and _beside(kpi, part.name)
    ]
    shown += [
        {"label": part.title, "value": figure.measured(part.name), "kind": kind, "basis": kpi.unit.value}
        for part in beside
        if part.name in (kpi.open_class, *figure.by_class)
    ]
    if figure.decided_share is not None:
        share = f"{display.percent(figure.decided_share)}{display.NBSP}%"
        note = "immature below 95 %" if figure.immature else "mature"
        shown.append({"label": "Adjudicated", "value": share, "kind": "text", "note": note})
    return shown


def _beside(kpi: Kpi, part: str) -> bool:
    counted = {c for name in ("numerator",) for c in kpi.classes(name)}
    return not set(kpi.classes(part)) <= counted


def trend(kpi: Kpi, reading: Reading, currency: str) -> Trend | None:
    """Return the trend by day, or by week of a long window; None where nothing is in it."""
    points = reading.trend(kpi)
    if not any(point.sums.units for point in points):
        return None
    days = [point.day for point in points]
    step = "week" if len(days) < reading.asked.days else "day"
    symbol = display.SYMBOLS.get(currency, f"{currency} ")
    if kpi.kind is Kind.RATIO:
        target = kpi.bands.good if kpi.bands else None
        settled, so_far = [point.settled for point in points], [point.so_far for point in points]
        drawn = charts.rate(days, settled, so_far, target=target, words=words.target(kpi.bands))
    else:
        drawn = charts.amounts(days, [point.sums.numerator for point in points], symbol=symbol)
    width = days[1] - days[0] if len(days) > 1 else timedelta(days=1)
    rows = [
        row_of(kpi, point.sums, name=words.window(point.day, point.day + width), decided=point.decided_share)
        for point in points
    ]
    columns = columns_of(kpi, step.capitalize())
    if kpi.open_class is not None:
        columns.append({"label": "Adjudicated", "name": "decided", "kind": "percent"})
    unit = words.unit(kpi) if kpi.kind is Kind.RATIO else kpi.unit.value
    return Trend(drawn, columns, rows, _trend_note(kpi, step, points), unit)


def _trend_note(kpi: Kpi, step: str, points: Sequence[Point]) -> str:
    said = f"by {step} of first submission"
    if kpi is K04:
        return f"{said}; the latest still grow as payers decide"
    if not any(point.immature for point in points):
        return said
    return f"{said}; hollow: less than 95{display.NBSP}% adjudicated, so not the last word"


def definition(kpi: Kpi, reading: Reading) -> list[Cell]:
    """Return the definition in words."""
    said: list[tuple[str, Decimal | str | None]] = [
        ("Definition", words.variant(kpi)),
        ("Numerator", kpi.numerator),
        ("Denominator", kpi.denominator),
        ("Clock", kpi.clock),
    ]
    if kpi is not HELD:
        said.append(("Days shown", words.window(reading.asked.start, reading.asked.stop)))
    if kpi.bands is not None:
        edge = f"{(kpi.bands.bearable * 100).normalize():f}{display.NBSP}%"
        said.append(("Target", f"{words.target(kpi.bands)}; off target beyond {edge} ({kpi.bands.source})"))
    if kpi.notes:
        said.append(
            ("What counts", " ".join(note if note.endswith(".") else f"{note}." for note in kpi.notes))
        )
    return [{"label": label, "value": value} for label, value in said]
