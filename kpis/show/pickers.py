"""Pure: the choice of facility and period."""

from dataclasses import dataclass

from kpis.forms import PERIODS, Asked
from kpis.show import words
from kpis.show.read import Chosen


@dataclass(frozen=True, slots=True)
class Option:
    """One choice."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Pickers:
    """The arguments of the pickers component."""

    action: str
    facilities: list[Option]
    facility: str
    periods: list[Option]
    period: str
    keep: list[tuple[str, str]]


def pickers(
    action: str, asked: Asked, chosen: Chosen, *, keep: list[tuple[str, str]] | None = None
) -> Pickers:
    """Return the pickers of a page; days that are no usual period stand as a choice of their own."""
    periods = [Option(str(days), f"Last {days} days") for days in PERIODS]
    kept = keep or []
    if not asked.period:
        # The days stay in the address until another period is chosen.
        periods.insert(0, Option("", words.window(asked.start, asked.stop)))
        kept = [*kept, ("from", asked.start.isoformat()), ("to", asked.stop.isoformat())]
    return Pickers(
        action=action,
        facilities=[
            *(Option(place.code, f"{place.name} ({place.kind})") for place in chosen.places),
            *(Option(f.code, f.name) for f in chosen.facilities),
        ],
        facility=asked.facility,
        periods=periods,
        period=asked.period,
        keep=kept,
    )
