"""A protobuf request with one unreadable item: that one falls, its neighbours are stored."""

from typing import Any

import pytest

from integrations.ingest.decoders import otlp_proto
from integrations.ingest.decoders.errors import MalformedBody, TooManyItems
from integrations.ingest.decoders.wire import Bounds
from tests.ingest.otlp_requests import gauge, logs, traces, whole

# What UTF-8 never holds: an encoded surrogate, a lone continuation, an overlong NUL.
BROKEN = [b"\xed\xa0\x80", b"ab\x80", b"\xc0\x80x"]
MARK = "@@@"
CASES: list[tuple[Any, Any]] = [
    (otlp_proto.decode_traces, lambda: traces({}, {"name": MARK}, {})),
    (otlp_proto.decode_traces, lambda: traces({}, {"attributes": {"k": MARK}}, {})),
    (otlp_proto.decode_logs, lambda: logs({}, {"body": MARK}, {"severity_number": 3})),
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize(("decode", "request_of"), CASES)
def test_a_text_that_is_no_utf8_falls_alone(decode: Any, request_of: Any, broken: bytes) -> None:
    body = request_of().SerializeToString().replace(MARK.encode(), broken)
    decoded = whole(decode, body, Bounds())
    assert (len(decoded.items), decoded.rejected, decoded.total) == (2, {"invalid_field": 1}, 3)


def test_items_of_an_unreadable_resource_fall_together() -> None:
    good = traces({}).SerializeToString()
    bad = (
        traces({}, {}, resource={"service.name": MARK}).SerializeToString().replace(MARK.encode(), BROKEN[0])
    )
    decoded = whole(otlp_proto.decode_traces, bad + good, Bounds())
    assert (len(decoded.items), decoded.rejected) == (1, {"invalid_resource": 2})


def test_a_metric_that_cannot_be_read_falls_alone() -> None:
    body = gauge({}, name=MARK).SerializeToString().replace(MARK.encode(), BROKEN[0])
    decoded = whole(otlp_proto.decode_metrics, body + gauge({}).SerializeToString(), Bounds())
    assert (len(decoded.items), decoded.rejected) == (1, {"invalid_field": 1})


def test_the_limit_of_items_holds_here_too() -> None:
    body = traces(*[{"name": MARK}] * 11).SerializeToString().replace(MARK.encode(), BROKEN[0])
    with pytest.raises(TooManyItems):
        whole(otlp_proto.decode_traces, body, Bounds(items=10))


@pytest.mark.parametrize("body", [b"\x0a", b"\x0a\x05ab", b"\xff" * 20, b"\x0a\x02\x12\x09"])
def test_what_is_no_request_is_refused_whole(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        whole(otlp_proto.decode_traces, body, Bounds())
