"""Pure: the board put together from what was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kpis.show import words
from kpis.show.denials import Denials, denials
from kpis.show.facilities import FacilityRow, facilities
from kpis.show.headline import Piece, headline
from kpis.show.read import Reading
from kpis.show.standing import Held, Phases, held, phases
from kpis.show.tiles import Tile, tiles
from observability.core import display


@dataclass(frozen=True, slots=True)
class Board:
    """The context of the board's template."""

    as_of: datetime
    zone: str
    coverage: str
    notes: Sequence[str]
    headline: Sequence[Piece]
    held: Sequence[Held]
    tiles: Sequence[Tile]
    phases: Phases
    denials: Denials
    facilities: Sequence[FacilityRow]
    empty: bool
    empty_url: str | None


def board(reading: Reading, currency: str) -> Board:
    """Put the board together."""
    standing = held(reading)
    chosen = reading.chosen
    return Board(
        as_of=reading.as_of,
        zone=chosen.zone,
        coverage=words.coverage(chosen.heard, len(chosen.expected)),
        notes=_notes(reading),
        headline=headline(reading, standing, currency),
        held=standing,
        tiles=tiles(reading, currency),
        phases=phases(reading),
        denials=denials(reading, currency),
        facilities=facilities(reading),
        empty=not standing and all(facility.last_at is None for facility in chosen.facilities),
        empty_url=reading.leads("/connectors/"),
    )


def _notes(reading: Reading) -> list[str]:
    notes = [
        f"claims first submitted {words.window(reading.asked.start, reading.asked.stop)}",
        "each workflow counts its own money, so they are not added",
        *words.rest(reading.rest_seconds),
    ]
    if reading.held_as_of is not None:
        looked = display.local(reading.held_as_of, reading.chosen.zone, "second")
        notes.append(f"held up: all that is failed or late now, whenever it began, as of {looked}")
    return notes
