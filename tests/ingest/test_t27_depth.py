"""T27: depth, breadth and length beyond measure: refused, per item where it can be, at a bounded cost."""

import contextlib
import json
import time
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from integrations.ingest.decoders import cloudevents, otlp_json, otlp_proto
from integrations.ingest.decoders.errors import MalformedBody, TooManyItems
from integrations.ingest.decoders.wire import Bounds
from tests.ingest.otlp_requests import event, traces, whole
from tests.ingest.posting import otlp_json as as_json

BOUNDS = Bounds()
MIB = 1024 * 1024
SECONDS_PER_MIB = 0.3


def nested(levels: int) -> dict[str, Any]:
    """Return an OTLP/JSON value of so many arrays."""
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return value


def with_attribute(value: str, n: int = 1) -> bytes:
    """Return a JSON request whose first of two spans holds attributes of a raw JSON value."""
    said = as_json(traces({}, {}))
    said["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"] = ["HERE"]
    pairs = ",".join(f'{{"key":"k{i}","value":{value}}}' for i in range(n))
    return json.dumps(said).replace('"HERE"', pairs).encode()


def bounded(body: bytes, decode: Any) -> Any:
    """Run a decoder and hold it to its budget of CPU time."""
    started = time.process_time()
    try:
        return decode()
    finally:
        spent = time.process_time() - started
        assert spent <= max(0.05, SECONDS_PER_MIB * len(body) / MIB)


@pytest.mark.parametrize("levels", [40, 200])
def test_t27_a_deep_json_value_falls_alone(levels: int) -> None:
    body = with_attribute(json.dumps(nested(levels)))
    decoded = bounded(body, lambda: whole(otlp_json.decode_traces, body, BOUNDS))
    assert (len(decoded.items), decoded.rejected) == (1, {"too_deep": 1})


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000])
@pytest.mark.parametrize("decode", [otlp_json.decode_traces, otlp_json.decode_logs, otlp_json.decode_metrics])
def test_t27_json_of_a_hundred_thousand_levels_is_refused(text: str, decode: Any) -> None:
    for body in (text.encode(), b'{"resourceSpans":' + text.encode(), with_attribute(text)):
        with contextlib.suppress(MalformedBody):  # nothing else may come out
            assert bounded(body, lambda body=body: whole(decode, body, BOUNDS)).items == []


def test_t27_deep_event_data_falls_alone() -> None:
    deep = json.dumps(event()).replace('"10.00"', "[" * 500 + "]" * 500)
    body = f"[{deep},{json.dumps(event(n=2))}]".encode()
    batch = cloudevents.decode("batch", body, "", {}, BOUNDS)
    assert (len(list(batch.events)), [one.code for one in batch.refused]) == (1, ["too_deep"])


def test_t27_a_protobuf_value_of_five_thousand_levels_falls_alone() -> None:
    # Each level wraps: field 5 of AnyValue (array), field 1 of ArrayValue (value).
    value = AnyValue(string_value="x").SerializeToString()
    for _ in range(5_000):
        inner = b"\x0a" + varint(len(value)) + value
        value = b"\x2a" + varint(len(inner)) + inner
    body = framed(value)
    decoded = bounded(body, lambda: whole(otlp_proto.decode_traces, body, BOUNDS))
    assert (decoded.items, decoded.rejected) == ([], {"invalid_field": 1})


def varint(number: int) -> bytes:
    """Return a number as protobuf writes lengths."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def framed(value: bytes) -> bytes:
    """Return a trace request with one span that has one attribute of these bytes."""
    for tag in (b"\x12", b"\x4a", b"\x12", b"\x12", b"\x0a"):  # value, attribute, span, scope, resource
        value = tag + varint(len(value)) + value
    return value


@pytest.mark.parametrize("n", [129, 100_000])
def test_t27_too_many_attributes_fall_alone(n: int) -> None:
    body = with_attribute('{"boolValue":true}', n)
    decoded = bounded(body, lambda: whole(otlp_json.decode_traces, body, BOUNDS))
    assert (len(decoded.items), decoded.rejected) == (1, {"too_many_attributes": 1})
    request = traces({"attributes": [(f"k{i}", True) for i in range(n)]}, {}).SerializeToString()
    decoded = bounded(request, lambda: whole(otlp_proto.decode_traces, request, BOUNDS))
    assert (len(decoded.items), decoded.rejected) == (1, {"too_many_attributes": 1})


def test_t27_a_key_of_ten_thousand_bytes_falls_alone() -> None:
    request = traces({"attributes": {"k" * 10_000: 1}}, {})
    for decoded in (
        whole(otlp_proto.decode_traces, request.SerializeToString(), BOUNDS),
        whole(otlp_json.decode_traces, json.dumps(as_json(request)).encode(), BOUNDS),
    ):
        assert (len(decoded.items), decoded.rejected) == (1, {"invalid_attribute_key": 1})


def test_t27_a_million_tiny_spans_are_too_many() -> None:
    tiny = b"\x12\x00" * 1_000_000
    scope = b"\x12" + varint(len(tiny)) + tiny
    body = b"\x0a" + varint(len(scope)) + scope
    with pytest.raises(TooManyItems):
        bounded(body, lambda: whole(otlp_proto.decode_traces, body, BOUNDS))


@pytest.mark.parametrize("signal", ["traces", "logs", "metrics"])
@pytest.mark.parametrize("what", ["groups", "scopes", "groups in JSON"])
def test_t27_half_a_million_groups_of_nothing_are_too_many(signal: str, what: str) -> None:
    n = 500_000
    field = {"traces": "resourceSpans", "logs": "resourceLogs", "metrics": "resourceMetrics"}[signal]
    scopes = b"\x12\x00" * n
    body = {
        "groups": b"\x0a\x00" * n,
        "scopes": b"\x0a" + varint(len(scopes)) + scopes,
        "groups in JSON": b'{"%b":[%b]}' % (field.encode(), b",".join([b"{}"] * n)),
    }[what]
    decode = getattr(otlp_json if "JSON" in what else otlp_proto, f"decode_{signal}")
    with pytest.raises(TooManyItems):
        bounded(body, lambda: whole(decode, body, BOUNDS))


def test_t27_half_a_million_metrics_without_points_are_too_many() -> None:
    metrics = b"\x12\x00" * 500_000
    scope = b"\x12" + varint(len(metrics)) + metrics
    body = b"\x0a" + varint(len(scope)) + scope
    with pytest.raises(TooManyItems):
        bounded(body, lambda: whole(otlp_proto.decode_metrics, body, BOUNDS))


@pytest.mark.parametrize("digits", [21, 5_000, 200_000])
def test_t27_endless_digits_fall_alone(digits: int) -> None:
    for text in ("9" * digits, f'"{"9" * digits}"'):
        body = with_attribute(f'{{"intValue":{text}}}')
        decoded = bounded(body, lambda body=body: whole(otlp_json.decode_traces, body, BOUNDS))
        assert (len(decoded.items), sum(decoded.rejected.values())) == (1, 1)
