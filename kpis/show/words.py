"""Pure: figures, targets and windows in words."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from kpis.catalogue.figure import Figure
from kpis.catalogue.kpi import Bands, Direction, Kind, Kpi, Unit
from observability.core import display

MINUTE = 60  # seconds


def target(bands: Bands | None) -> str | None:
    """Write a target: `≤ 5 %`."""
    if bands is None:
        return None
    sign = "≤" if bands.direction is Direction.DOWN else "≥"
    return f"{sign} {(bands.good * 100).normalize():f}{display.NBSP}%"


def value(figure: Figure, currency: str) -> str | None:
    """Write the figure itself; None where it is not known."""
    kpi, whole = figure.kpi, figure.whole
    if kpi.kind is Kind.RATIO:
        return None if figure.value is None else display.percent(figure.value)
    if kpi.unit is Unit.DENIED:
        return display.money_short(whole.numerator, currency)
    return display.number(whole.units)


def unit(kpi: Kpi) -> str:
    """Write what follows the figure."""
    if kpi.kind is Kind.RATIO:
        return f"% of {kpi.unit}"
    if kpi.unit is Unit.DENIED:
        return "denied"
    return "transactions" if kpi.kind is Kind.STOCK else "claims"


def variant(kpi: Kpi) -> str:
    """Write which definition this is."""
    return f"{kpi.variant}, version {kpi.version}"


def change(now: Decimal | None, before: Decimal | None, days: int, *, immature: bool) -> str | None:
    """Write how far a rate moved, in points; None where either is not known.

    An immature rate still grows: beside it stands the earlier rate alone, for a difference would mislead.
    """
    if now is None or before is None:
        return None
    if immature:
        was = f"{display.percent(before)}{display.NBSP}% in the {days} days before"
        return f"{was}; too early to compare"
    points = (now - before) * 100
    sign = "+" if points > 0 else display.MINUS if points < 0 else "±"
    return f"{sign}{display.number(abs(points), 1)} pts on the {days} days before"


def undecided(figure: Figure) -> str:
    """Write what is not known yet about a cohort, or what stands beside its figure."""
    if figure.kpi.open_class is not None:
        part, whole = figure.part(figure.kpi.open_class).units, figure.whole.units
        if not part:
            return "All adjudicated"
        share = display.percent(Decimal(part) / whole, 0)
        says = (
            f"{display.number(part)} of {display.number(whole)} not adjudicated yet ({share}{display.NBSP}%)"
        )
        return f"{says}: immature" if figure.immature else says
    beside = [
        (name, figure.part(name).units)
        for name in ("pending", "rejected_earlier", "unanswered")
        if name in figure.by_class
    ]
    said = {
        "pending": "pending",
        "rejected_earlier": "rejected as file or set",
        "unanswered": "without any answer",
    }
    return ", ".join(f"{display.number(units)} {said[name]}" for name, units in beside)


def coverage(heard: int, facilities: int) -> str:
    """Write who was heard from."""
    if facilities == 1:
        return "The facility was heard from" if heard else "The facility was not heard from"
    return f"{heard} of {facilities} facilities heard from"


def rest(seconds: float) -> list[str]:
    """Say how long a past day may wait to be counted again; nothing where it does not wait."""
    if not seconds:
        return []
    minutes = round(seconds / MINUTE)
    often = one_or_many(minutes, ("minute", "minutes")) if minutes else f"{seconds:g} seconds"
    return [f"days that ended more than two hours ago are counted again at most every {often}"]


def frozen(days: int) -> list[str]:
    """Say that days lost transactions to retention; nothing where none did."""
    if not days:
        return []
    begin = one_or_many(days, ("day", "days"))
    return [f"{begin} lost purged transactions: figures stand as last counted, lists hold what is left"]


def window(start: date, stop: date) -> str:
    """Write a window of whole days, its last day included."""
    last = stop - timedelta(days=1)
    if start == last:
        return f"{start.day} {start:%b %Y}"
    first = f"{start.day} {start:%b}" if start.year == last.year else f"{start.day} {start:%b %Y}"
    return f"{first} – {last.day} {last:%b %Y}"


def one_or_many(count: int, words: Sequence[str]) -> str:
    """Write a count with its word, singular or plural."""
    return f"{display.number(count)} {words[0] if count == 1 else words[1]}"
