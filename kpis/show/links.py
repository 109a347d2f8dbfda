"""Pure: where a number leads."""

from kpis.catalogue.kpi import Kpi
from kpis.forms import Asked


def measure(kpi: Kpi, asked: Asked, **more: str | None) -> str:
    """Return the page of a measure for the same days."""
    return f"/kpis/{kpi.key}/?{asked.query(**more)}"


def counts(kpi: Kpi, asked: Asked) -> str:
    """Return the file of a measure's counts for the same days, at all facilities."""
    return f"/kpis/{kpi.key}/counts.csv?{asked.query(facility=None)}"


def listed(kpi: Kpi, asked: Asked, part: str | None, **more: str | None) -> str:
    """Return the list of exactly the transactions that a part counts."""
    return f"/kpis/{kpi.key}/transactions/?{asked.query(part=part, **more)}"


def board(asked: Asked, **more: str | None) -> str:
    """Return the board for the same days."""
    return f"/?{asked.query(**more)}"
