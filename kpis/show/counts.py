"""Pure: the counts of a measure by facility and part, as they may leave the scope of whoever reads them."""

from collections.abc import Sequence

from kpis.catalogue import Kpi
from kpis.catalogue.kpi import Kind
from kpis.show import words
from kpis.show.breakdowns import class_words, nouns
from kpis.show.read import Reading
from observability.core.small_cells import SMALLEST, suppressed

WITHHELD = "withheld"
TOTAL = "Total"


def counts(kpi: Kpi, reading: Reading) -> tuple[Sequence[str], list[Sequence[object]]]:
    """Return columns and rows, with totals; what is small, or would tell what is, is WITHHELD."""
    parts = sorted(reading.figure(kpi).by_class)
    facilities = reading.chosen.chosen
    found = [reading.figure(kpi, facility_id=each.id).by_class for each in facilities]
    table = suppressed([[of[part].units if part in of else 0 for part in parts] for of in found])
    names = [each.name for each in facilities] + [TOTAL]
    rows: list[Sequence[object]] = [
        (name, *(WITHHELD if n is None else n for n in row))
        for name, row in zip(names if table else (), table, strict=True)
    ]
    return ["Facility", *(class_words(kpi, part) for part in parts), TOTAL], rows


def notes(kpi: Kpi, reading: Reading) -> list[str]:
    """Return what stands above the table: what is counted, when, and what is withheld."""
    units = nouns(kpi)[1]
    asked = reading.asked
    as_of = f"{reading.as_of:%Y-%m-%d %H:%M} UTC"
    if kpi.kind is Kind.STOCK:
        as_of = f"{reading.held_as_of:%Y-%m-%d %H:%M} UTC" if reading.held_as_of else "not known"
    days = "now" if kpi.kind is Kind.STOCK else words.window(asked.start, asked.stop)
    return [
        f"{kpi.title}, {kpi.key} version {kpi.version}: {units} by facility and part",
        f"{days}; as of {as_of}; {words.coverage(reading.chosen.heard, len(reading.chosen.expected))}",
        f"Counts of 1 to {SMALLEST - 1} are withheld, and others with them, so none follows from a total. "
        "Tables of other days, or of people who see other facilities, may tell the difference: "
        "do not pass them on together.",
    ]
