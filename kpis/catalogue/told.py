"""Pure: a figure and a definition as machines read them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from kpis.catalogue.figure import Figure
from kpis.catalogue.kpi import Kind, Kpi, Unit, status_of

Number = int | float


def plain(value: Decimal) -> Number:
    """Return a number JSON can hold: whole ones as integers."""
    return int(value) if value == value.to_integral_value() else float(value)


def told_definition(kpi: Kpi) -> dict[str, Any]:
    """Return a definition."""
    bands = kpi.bands
    return {
        "kpi": kpi.key,
        "version": kpi.version,
        "title": kpi.title,
        "variant": kpi.variant,
        "unit": kpi.unit.value,
        "numerator": kpi.numerator,
        "denominator": kpi.denominator,
        "clock": kpi.clock,
        "notes": list(kpi.notes),
        "target": None
        if bands is None
        else {
            "better": bands.direction.value,
            "on_target": plain(bands.good),
            "at_risk": plain(bands.bearable),
            "source": bands.source,
        },
    }


def told_figure(figure: Figure, *, as_of: datetime, heard: Mapping[str, bool]) -> dict[str, Any]:
    """Return a figure; `heard` says of each facility in scope whether anything came from it."""
    kpi = figure.kpi
    stock = kpi.kind is Kind.STOCK
    told: dict[str, Any] = {
        "kpi": kpi.key,
        "version": kpi.version,
        "title": kpi.title,
        "variant": kpi.variant,
        "unit": kpi.unit.value,
        # Workflows carry the same money: a stock has no sum over them.
        "numerator": None if stock else plain(figure.numerator),
        "denominator": None if stock else plain(figure.denominator),
        "value": None if figure.value is None else float(figure.value),
        "status": status_of(
            kpi.bands, figure.value, immature=figure.immature, covered=all(heard.values())
        ).value,
        "as_of": as_of.isoformat(),
        "coverage": {"heard": sum(heard.values()), "facilities": len(heard)},
        "parts": _told_parts(figure),
    }
    if kpi.open_class is not None:
        told |= {
            "immature": figure.immature,
            "not_adjudicated": plain(figure.measured(kpi.open_class)),
            "adjudicated_share": None if figure.decided_share is None else float(figure.decided_share),
        }
    return told


def _told_parts(figure: Figure) -> dict[str, Any]:
    kpi = figure.kpi
    if kpi.parts:
        return {part.name: plain(figure.measured(part.name)) for part in kpi.parts}
    shares = kpi.kind is Kind.SHARES
    return {
        name: {
            "amount": plain(sums.numerator),
            ("claims" if kpi.unit is not Unit.TRANSACTIONS else "transactions"): sums.units,
            **({"share": _share(figure, name)} if shares else {}),
        }
        for name, sums in sorted(figure.by_class.items())
    }


def _share(figure: Figure, name: str) -> float | None:
    share = figure.share(name)
    return None if share is None else float(share)
