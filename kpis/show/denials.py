"""Pure: denied amounts by category, as a chart and as the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kpis import charts
from kpis.catalogue import K04
from kpis.catalogue.categories import denial_categories
from kpis.show import words
from kpis.show.read import Reading
from observability.core.display import SYMBOLS

COLUMNS = (
    {"label": "Category", "name": "category", "kind": "head"},
    {"label": "Claims", "name": "count", "kind": "number"},
    {"label": "Denied amount", "name": "amount", "kind": "exact"},
    {"label": "Share", "name": "share", "kind": "percent"},
)


@dataclass(frozen=True, slots=True)
class Row:
    """One category. A claim with several is counted under its largest only."""

    category: str
    url: str | None
    count: int
    amount: Decimal
    share: Decimal | None


@dataclass(frozen=True, slots=True)
class Total:
    """All categories: each claim once."""

    count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Denials:
    """The denials of the board."""

    figure: dict[str, Any]
    columns: Sequence[dict[str, str]]
    rows: Sequence[Row]
    total: Total
    basis: str
    note: str
    variant: str


def denials(reading: Reading, currency: str) -> Denials:
    """Return denied amounts by category, the largest first."""
    figure = reading.figure(K04)
    titles = {key: category.title for key, category in denial_categories().items()}
    rows = [
        Row(
            category=titles.get(key, key),
            url=reading.listed(K04, key),
            count=sums.units,
            amount=sums.numerator,
            share=figure.share(key),
        )
        for key, sums in sorted(figure.by_class.items(), key=lambda item: (-item[1].numerator, item[0]))
    ]
    return Denials(
        figure=charts.shares(
            [row.category for row in rows],
            [row.amount for row in rows],
            symbol=SYMBOLS.get(currency, f"{currency} "),
        ),
        columns=COLUMNS,
        rows=rows,
        total=Total(figure.whole.units, figure.whole.numerator),
        basis="denied amount",
        note="denied amounts on first adjudications",
        variant=words.variant(K04),
    )
