"""T23: with seven answers of ten forced to 503 a stock SDK loses only what it says, and nothing is twice."""

import random
from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.ingest.fronting import fronted
from tests.ingest.posting import poster
from tests.ingest.serving import serving
from tracing.models import Span
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)
BATCHES, SPANS = 20, 10
FORCED = 0.7


@pytest.fixture
def dice() -> random.Random:
    """The same throws each time: what fails here fails again."""
    return random.Random(23)


def batches() -> Iterator[list[ReadableSpan]]:
    """Return finished spans of the SDK's own, a few at a time."""
    provider, kept = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("test")
    for _ in range(BATCHES):
        for _ in range(SPANS):
            tracer.start_span("sync").end()
        yield list(kept.get_finished_spans())
        kept.clear()


def names(spans: list[ReadableSpan]) -> set[bytes]:
    return {span.context.span_id.to_bytes(8, "big") for span in spans}


def test_t23_a_client_that_is_refused_seven_times_in_ten_loses_only_what_it_reports(
    dice: random.Random,
) -> None:
    post = poster()
    sent, reported = set[bytes](), set[bytes]()

    def refuses() -> str:
        return dice.choice(("before", "after")) if dice.random() < FORCED else ""

    with serving() as server, fronted(server, refuses) as front:
        exporter = OTLPSpanExporter(
            f"{front.url}/v1/traces", headers={"Authorization": f"Bearer {post.key}"}, timeout=60
        )
        for spans in batches():
            sent |= names(spans)
            if exporter.export(spans) is not SpanExportResult.SUCCESS:
                reported |= names(spans)
    drain(seconds=60)

    assert set(front.statuses) == {200, 503}
    assert front.statuses.count(503) >= 0.6 * len(front.statuses)
    stored = [bytes(span) for span in Span.objects.values_list("span_id", flat=True)]
    assert len(sent) == BATCHES * SPANS
    assert sent - set(stored) <= reported  # lost
    assert set(stored) <= sent  # unexpected
    assert len(stored) == len(set(stored))  # twice
    assert len(reported) < len(sent) / 2
