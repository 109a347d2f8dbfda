"""What can be measured, by name."""

from collections.abc import Callable

from observability.bench import drain, ingest, pipeline
from observability.bench.installation import install
from observability.bench.report import Result

BURST_TRANSACTIONS = 20_000
SPAN_REQUESTS = 1_200
EVENT_REQUESTS = 400
PIPELINE_SECONDS = 60


def _n(whole: int, scale: float) -> int:
    return max(1, round(whole * scale))


def bench_drain(scale: float) -> list[Result]:
    """Measure the drain: in a burst on empty tables, then steadily on full ones."""
    here = install()
    return [drain.burst(here.sender, transactions=_n(BURST_TRANSACTIONS, scale))]


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


KINDS: dict[str, Callable[[float], list[Result]]] = {
    "drain": bench_drain,
    "ingest": bench_ingest,
    "pipeline": bench_pipeline,
}
