"""What can be measured, by name."""

from collections.abc import Callable

from observability.bench import board, drain, ingest, pipeline, search, sustained
from observability.bench.installation import install
from observability.bench.report import Result

BURST_TRANSACTIONS = 20_000
SPAN_REQUESTS = 1_200
EVENT_REQUESTS = 400
PIPELINE_SECONDS = 60
STANDING_TRANSACTIONS = 2_000_000
SUSTAINED_SECONDS = 600
SEARCHED_TRANSACTIONS = 5_000_000
BOARD_TRANSACTIONS = 400_000
LOOKS = 300


def _n(whole: int, scale: float) -> int:
    return max(1, round(whole * scale))


def bench_drain(scale: float) -> list[Result]:
    """Measure the drain: in a burst on empty tables, then steadily on full ones."""
    here = install()
    burst = drain.burst(here.sender, transactions=_n(BURST_TRANSACTIONS, scale))
    transactions = _n(STANDING_TRANSACTIONS, scale)
    return [burst, sustained.sustained(here, transactions=transactions, seconds=SUSTAINED_SECONDS * scale)]


def bench_ingest(scale: float) -> list[Result]:
    """Measure what the web server acknowledges."""
    here = install()
    return [
        ingest.spans(here, requests=_n(SPAN_REQUESTS, scale)),
        ingest.events(here, requests=_n(EVENT_REQUESTS, scale)),
        ingest.large(here, share=min(1.0, scale)),
    ]


def bench_pipeline(scale: float) -> list[Result]:
    """Measure how long it takes from the answer to a post until its claims can be seen."""
    return [pipeline.pipeline(install(), seconds=PIPELINE_SECONDS * scale)]


def bench_search(scale: float) -> list[Result]:
    """Measure how fast an identifier and its page are found among millions."""
    here, transactions = install(), _n(SEARCHED_TRANSACTIONS, scale)
    search.fill(here, transactions=transactions)
    return search.measure(here, transactions=transactions, looks=_looks(scale))


def bench_board(scale: float) -> list[Result]:
    """Measure how fast the board comes with its history behind it."""
    days = min(board.DAYS, max(30, round(10 * board.DAYS * scale)))  # whole from a tenth on
    board.fill(install(), transactions=_n(BOARD_TRANSACTIONS, scale), days=days)
    return board.measure(looks=_looks(scale))


def _looks(scale: float) -> int:
    return min(LOOKS, max(5, round(LOOKS * scale * 10)))


KINDS: dict[str, Callable[[float], list[Result]]] = {
    "drain": bench_drain,
    "ingest": bench_ingest,
    "pipeline": bench_pipeline,
    "search": bench_search,
    "board": bench_board,
}
