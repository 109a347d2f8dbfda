"""Raw samples of others (OpenTelemetry, Jaeger, CloudEvents), posted as they are."""

import json
from pathlib import Path

import pytest

from integrations.ingest.records import Span
from tests.ingest.posting import JSON, PROTOBUF, Poster, stored

CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="the folder of sample files is not here"),
]


def files(folder: str, ending: str) -> list[Path]:
    """Return the samples of a folder, one stand-in where it is absent (the test is skipped then)."""
    return sorted((CORPORA / folder).glob(f"*.{ending}")) or [CORPORA / "absent"]


@pytest.mark.parametrize("file", files("otlp_pb", "pb"), ids=lambda file: file.name)
def test_a_protobuf_trace_is_stored(post: Poster, file: Path) -> None:
    response = post.raw("/v1/traces", file.read_bytes(), PROTOBUF)
    assert (response.status_code, response.content) == (200, b"")
    assert stored(Span)


@pytest.mark.parametrize("file", files("otlp", "json"), ids=lambda file: file.name)
def test_a_json_request_is_taken(post: Poster, file: Path) -> None:
    said = json.loads(file.read_bytes())
    signal = {"resourceSpans": "traces", "resourceLogs": "logs", "resourceMetrics": "metrics"}[
        next(iter(said))
    ]
    response = post.raw(f"/v1/{signal}", file.read_bytes(), JSON)
    assert (response.status_code, response.content) == (200, b"{}")


@pytest.mark.parametrize("file", files("cloudevents", "yaml"), ids=lambda file: file.name)
def test_a_cloudevents_sample_is_never_a_fault(post: Poster, file: Path) -> None:
    for content_type in ("application/cloudevents+json", "application/cloudevents-batch+json"):
        assert post.raw("/api/v1/events", file.read_bytes(), content_type).status_code == 400
