"""Pure: a figure taken apart: by class, by facility, by payer. Each table sums to the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpis.catalogue import HELD, K04, Kpi
from kpis.catalogue.categories import denial_categories
from kpis.catalogue.figure import Sums
from kpis.catalogue.kpi import Kind, Unit, status_of
from kpis.queries.values import Stored
from kpis.show import links
from kpis.show.read import Reading
from kpis.show.standing import known_amount, outcome_words
from kpis.show.tiles import ratio
from observability.core.status import status_of as shown_status
from tracing import declarations

Cell = Mapping[str, Any]
Column = dict[str, str]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One table that takes the figure apart."""

    id: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Cell]
    note: str


def nouns(kpi: Kpi) -> tuple[str, str]:
    """Return the word for one unit and for several."""
    return ("transaction", "transactions") if kpi is HELD else ("claim", "claims")


def columns_of(kpi: Kpi, first: str) -> list[Column]:
    """Return the columns of a table of sums."""
    head = {"label": first, "name": "name", "kind": "head"}
    if kpi.kind is not Kind.RATIO:
        units = nouns(kpi)[1].capitalize()
        return [
            head,
            {"label": units, "name": "units", "kind": "number"},
            {"label": "Amount", "name": "numerator", "kind": "exact"},
        ]
    kind = "exact" if kpi.unit is Unit.GROSS else "number"
    return [
        head,
        {"label": kpi.part_title("numerator"), "name": "numerator", "kind": kind},
        {"label": kpi.part_title("denominator"), "name": "denominator", "kind": kind},
        {"label": "Rate", "name": "value", "kind": "percent"},
    ]


def row_of(kpi: Kpi, sums: Sums, *, name: str, url: str | None = None, **more: object) -> Cell:
    """Return sums as a row of such a table."""
    amount = known_amount(sums) if kpi is HELD else sums.numerator
    return {
        "name": name,
        "url": url,
        "units": sums.units,
        "numerator": amount,
        "denominator": sums.denominator,
        "value": ratio(sums) if kpi.kind is Kind.RATIO else None,
        **more,
    }


def breakdowns(
    kpi: Kpi, reading: Reading, payers: Sequence[Stored], names: Mapping[str, str]
) -> list[Breakdown]:
    """Return the figure taken apart: by class, by facility, by payer; each sums to the whole.

    `names` says what the payers are called, by code; one that nobody declared is shown by its code alone.
    """
    made = [_by_class(kpi, reading), _by_facility(kpi, reading)]
    return made if kpi is HELD else [*made, _by_payer(kpi, reading, payers, names)]


def _by_class(kpi: Kpi, reading: Reading) -> Breakdown:
    figure = reading.figure(kpi)
    found = sorted(figure.by_class.items(), key=lambda item: (-item[1].units, item[0]))
    rows = [
        row_of(kpi, sums, name=class_words(kpi, name), url=reading.listed(kpi, name)) for name, sums in found
    ]
    columns = [
        {"label": "Part", "name": "name", "kind": "head"},
        {"label": nouns(kpi)[1].capitalize(), "name": "units", "kind": "number"},
    ]
    if kpi.kind is not Kind.RATIO:
        columns.append({"label": "Amount", "name": "numerator", "kind": "exact"})
    elif kpi.unit is Unit.GROSS:
        columns.append({"label": "Gross charges", "name": "denominator", "kind": "exact"})
    return Breakdown("by-part", "By part", columns, rows, "each links to its transactions")


def class_words(kpi: Kpi, name: str) -> str:
    """Write one class of rows."""
    if kpi is K04:
        category = denial_categories().get(name)
        return category.title if category else name
    first, _, second = name.partition(":")
    if kpi is HELD:
        return f"{declarations.latest(first).title}, {shown_status(second).word.lower()}"
    if kpi.kind is Kind.SHARES:
        phase, outcome = shown_status(first).word, outcome_words(second).lower()
        return phase if phase.lower() == outcome else f"{phase}, {outcome}"
    return kpi.part_title(name)


def _by_facility(kpi: Kpi, reading: Reading) -> Breakdown:
    columns = columns_of(kpi, "Facility")
    if kpi.bands is not None:
        columns.append({"label": "Status", "name": "status", "kind": "status"})
    if kpi is HELD:
        columns = [column for column in columns if column["name"] != "numerator"]  # no sum over workflows
    rows = []
    for facility in reading.chosen.chosen:
        figure = reading.figure(kpi, facility_id=facility.id)
        status = status_of(kpi.bands, figure.value, immature=figure.immature, covered=facility.heard)
        url = links.measure(kpi, reading.asked, facility=facility.code)
        rows.append(row_of(kpi, figure.whole, name=facility.name, url=url, status=status))
    return Breakdown("by-facility", "By facility", columns, rows, "")


def _by_payer(kpi: Kpi, reading: Reading, payers: Sequence[Stored], names: Mapping[str, str]) -> Breakdown:
    sums: dict[str, Sums] = {}
    for row in payers:
        sums[row.name] = sums.get(row.name, Sums()) + row.sums
    whole_part = "denominator" if kpi.kind is Kind.RATIO else None
    rows = [
        # An empty payer is a filter of its own, so the link has to say it.
        row_of(
            kpi,
            part,
            name=names.get(name, name) or "Payer not said",
            sub=name if name in names else "",
            url=reading.listed(kpi, whole_part, payer=name or "-"),
        )
        for name, part in sorted(sums.items(), key=lambda item: (-item[1].units, item[0]))
    ]
    return Breakdown("by-payer", "By payer", columns_of(kpi, "Payer"), rows, "")
