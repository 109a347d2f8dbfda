"""Decoders and scrubber against bytes of any kind: they answer, or refuse in their own words."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ingest.decoders import cloudevents, otlp_json, otlp_proto
from integrations.ingest.decoders.errors import MalformedBody
from integrations.ingest.decoders.wire import Bounds
from integrations.ingest.scrub import error_template, holds_identifier, scrub
from tests.ingest.otlp_requests import gauge, logs, traces, whole

BOUNDS = Bounds()
DECODERS: list[Any] = [
    otlp_proto.decode_traces, otlp_proto.decode_logs, otlp_proto.decode_metrics,
    otlp_json.decode_traces, otlp_json.decode_logs, otlp_json.decode_metrics,
]  # fmt: skip
SEEDS = [request.SerializeToString() for request in (traces({}, {}), logs({"body": "x"}), gauge({}))] + [
    b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0a","attributes":[{"key":"k","value":{}}]}]}]}]}'
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good body with some bytes replaced, cut or doubled."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 8))):
        place = draw(st.integers(0, max(0, len(body) - 1)))
        body[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=4))
    return bytes(body)


@pytest.mark.parametrize("decode", DECODERS, ids=lambda decode: f"{decode.__module__[-5:]}.{decode.__name__}")
@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400) | damaged())
def test_a_decoder_answers_or_refuses(decode: Any, body: bytes) -> None:
    try:
        decoded = whole(decode, body, BOUNDS)
    except MalformedBody:
        return
    assert decoded.total == len(decoded.items) + sum(decoded.rejected.values())


@pytest.mark.parametrize("mode", ["batch", "structured", "binary"])
@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=400), header=st.text(max_size=40))
def test_the_event_decoder_answers_or_refuses(mode: str, body: bytes, header: str) -> None:
    headers = {"id": header, "source": header, "type": "x", "specversion": "1.0"}
    try:
        batch = cloudevents.decode(mode, body, "application/json", headers, BOUNDS)
    except MalformedBody:
        return
    places = [one.index for one in batch.events]
    places += [one.index for one in batch.refused]
    assert sorted(places) == list(range(batch.total))


@settings(max_examples=300, deadline=60_000)  # an expression that runs away takes minutes
@given(text=st.text(max_size=400) | st.from_regex(r"([a-z]{1,3}[-. ,:=@^0-9]{1,3}){1,80}"))
def test_the_scrubber_ends_soon_and_leaves_no_long_number(text: str) -> None:
    scrubbed = scrub(text)
    error_template(text)
    holds_identifier(text)
    assert not any(part.isdigit() and part.isascii() and len(part) > 3 for part in scrubbed.split())
