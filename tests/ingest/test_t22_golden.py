"""T22: a request in either encoding, ids and integers in any allowed spelling, is the same rows."""

import base64
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format

from integrations.ingest.decoders import otlp_json, otlp_proto
from integrations.ingest.decoders.wire import Bounds
from tests.ingest.otlp_requests import whole
from tests.ingest.posting import MESSAGES

FIXTURES = Path(__file__).parents[1] / "fixtures" / "otlp"
BOUNDS = Bounds()
DECODE: dict[str, tuple[Any, Any]] = {
    "traces": (otlp_json.decode_traces, otlp_proto.decode_traces),
    "metrics": (otlp_json.decode_metrics, otlp_proto.decode_metrics),
    "logs": (otlp_json.decode_logs, otlp_proto.decode_logs),
}
FILES = [
    ("trace.json", "traces"),
    ("metrics.json", "metrics"),
    ("logs.json", "logs"),
    ("events.json", "logs"),
]
IDS = ("traceId", "spanId", "parentSpanId")
each = pytest.mark.parametrize(("name", "signal"), FILES)


def changed(node: Any, change: Any) -> Any:
    """Return JSON with every (name, value) pair changed."""
    if isinstance(node, list):
        return [changed(one, change) for one in node]
    if not isinstance(node, dict):
        return node
    return {name: change(name, changed(value, change)) for name, value in node.items()}


def read(name: str) -> Any:
    """Return a sample request."""
    return json.loads((FIXTURES / name).read_text())


def in_json(signal: str, said: Any) -> Any:
    """Decode a JSON request."""
    return whole(DECODE[signal][0], json.dumps(said).encode(), BOUNDS)


def in_protobuf(signal: str, said: Any) -> Any:
    """Re-encode a JSON request as protobuf, and decode that."""
    as_google = changed(
        said, lambda name, value: base64.b64encode(bytes.fromhex(value)).decode() if name in IDS else value
    )
    message = json_format.ParseDict(as_google, MESSAGES[signal]())
    return whole(DECODE[signal][1], message.SerializeToString(), BOUNDS)


@each
def test_t22_protobuf_says_the_same(name: str, signal: str) -> None:
    said = in_json(signal, read(name))
    assert said.items
    assert said.rejected == {}
    assert in_protobuf(signal, read(name)) == said


SPELLINGS = {
    "upper": lambda name, value: value.upper() if name in IDS else value,
    "lower": lambda name, value: value.lower() if name in IDS else value,
    "numbers": lambda name, value: (
        int(value) if name.endswith("UnixNano") or name in ("intValue", "asInt") else value
    ),
    "strings": lambda name, value: (
        str(value) if name.endswith("UnixNano") or name in ("intValue", "asInt") else value
    ),
}


@each
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_t22_spelling_does_not_matter(name: str, signal: str, spelling: str) -> None:
    assert in_json(signal, changed(read(name), SPELLINGS[spelling])) == in_json(signal, read(name))


@each
def test_t22_unknown_fields_are_ignored(name: str, signal: str) -> None:
    more = changed(
        read(name), lambda _, value: value | {"brandNew": {"x": [1]}} if isinstance(value, dict) else value
    )
    assert in_json(signal, more) == in_json(signal, read(name))


def only_span() -> tuple[Any, Any]:
    """Return the trace sample and its one span."""
    said = copy.deepcopy(read("trace.json"))
    return said, said["resourceSpans"][0]["scopeSpans"][0]["spans"][0]


def test_t22_snake_case_is_unknown() -> None:
    said, span = only_span()
    span["trace_id"] = span.pop("traceId")
    assert in_json("traces", said).rejected == {"invalid_trace_id": 1}


@pytest.mark.parametrize("kind", ["SPAN_KIND_SERVER", "SERVER", "2"])
def test_t22_names_of_enumerations_fall_per_item(kind: str) -> None:
    said, span = only_span()
    bad = span | {"kind": kind}
    said["resourceSpans"][0]["scopeSpans"][0]["spans"] = [bad, span]
    decoded = in_json("traces", said)
    assert (len(decoded.items), decoded.rejected) == (1, {"invalid_field": 1})
