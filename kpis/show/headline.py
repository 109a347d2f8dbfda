"""Pure: the first sentence of the board, made of facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from kpis.catalogue import K01
from kpis.catalogue.kpi import Status, status_of
from kpis.show import words
from kpis.show.read import Reading
from kpis.show.standing import Held
from observability.core import display

TONES = {Status.OFF_TARGET: "bad", Status.AT_RISK: "risk"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the sentence."""

    text: str
    tone: str = ""
    url: str | None = None


def headline(reading: Reading, held: Sequence[Held], currency: str) -> list[Piece]:
    """Return what stands still, workflow by workflow, and how many claims are denied at first."""
    pieces: list[Piece] = []
    for place, part in enumerate(held[:2]):
        tone = "bad" if part.failed else "risk"
        pieces += [
            Piece(" and " if place else ""),
            Piece(_held_words(part, currency, first=not place), tone, part.url),
        ]
    pieces.append(Piece(". " if held else "Nothing stands still: no transaction is failed or late. "))
    return [piece for piece in [*pieces, *_denied(reading)] if piece.text]


def _held_words(part: Held, currency: str, *, first: bool) -> str:
    count = f"{display.number(part.count)} {part.unit}"
    if part.amount is None:
        return f"{count} are held up" if first else count
    money = display.money_short(part.amount, currency)
    return f"{money} is held up in {count}" if first else f"{money} in {count}"


def _denied(reading: Reading) -> list[Piece]:
    figure = reading.figure(K01)
    if figure.value is None:
        return _latest(reading)
    status = status_of(K01.bands, figure.value, immature=figure.immature, covered=reading.chosen.covered)
    rate = f"{display.percent(figure.value)}{display.NBSP}% of claims are denied at first"
    # The denominator holds what no payer has answered yet, so the rate can only rise.
    rate += " so far" if figure.immature else ""
    return [
        Piece(rate, TONES.get(status, ""), reading.listed(K01, "numerator")),
        Piece(f", target {words.target(K01.bands)}."),
    ]


def _latest(reading: Reading) -> list[Piece]:
    last = max((f.last_at for f in reading.chosen.chosen if f.last_at), default=None)
    period = words.window(reading.asked.start, reading.asked.stop)
    said = f"No claims were first submitted from {period}" if "–" in period else f"No claims on {period}"
    if last is None:
        return [Piece(f"{said}.")]
    return [Piece(f"{said}; the latest transaction began on {last.day} {last:%b %Y}.")]
