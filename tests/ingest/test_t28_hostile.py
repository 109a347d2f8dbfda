"""T28: hostile but well-formed values: only the bad item falls, its neighbours are stored, nothing is 5xx."""

import itertools
import json
from typing import Any

import pytest

from integrations.ingest.records import Event, Span
from integrations.models import Inbox
from tests.ingest.otlp_requests import event, gauge, logs, now_ns, traces
from tests.ingest.posting import BATCH, JSON, PROTOBUF, Poster, otlp_json, stored

pytestmark = pytest.mark.django_db

BIG = "9" * 30
YEAR = 31_556_952 * 10**9
# What cannot be kept: the item falls.
TEXTS = {
    "nul": "a\x00b",
    "only nul": "\x00",
    "nul at the end": "ab\x00",
}
# What can: stored, cleaned of what hides.
ODD_TEXTS = {
    "rtl": "a\u202eb",
    "zero width": "a\u200bb",
    "controls": "a\r\n\x1b[31mb",
    "emoji": "😀" * 50,
    "long": "x" * 10_000,
    "empty": "",
    "spaces": "   ",
    "format": "%s %(x)s {0}",
    "quote": "'; DROP TABLE inbox; --",
    "html": "<script>alert(1)</script>",
    "json": '{"a": 1}',
    "backslash": "\\u0000 \\",
}
FIELDS = ("name", "message", "attribute", "listed", "resource")


def span_with(field: str, value: Any) -> Any:
    """Return a request of three spans, the second with `value` in a place (all of them for the resource)."""
    said: dict[str, Any] = {
        "name": {"name": value},
        "message": {"status": {"code": 2, "message": value}},
        "attribute": {"attributes": {"some.key": value}},
        "listed": {"attributes": {"http.route": value}},
        "resource": {},
    }[field]
    resource = {"service.name": value} if field == "resource" else None
    return traces({}, said, {}, resource=resource)


def outcome(post: Poster, signal: str, request: Any, encoding: str) -> tuple[int, int]:
    """Post, check that nothing failed, and return how many items were stored and refused."""
    response = post.otlp(signal, request if encoding == PROTOBUF else otlp_json(request), encoding)
    assert response.status_code == 200, response.content
    rows = Inbox.objects.all()
    return sum(row.items for row in rows), sum(sum(row.rejected.values()) for row in rows)


@pytest.mark.parametrize(
    ("field", "text", "encoding"), list(itertools.product(FIELDS, TEXTS, [JSON, PROTOBUF]))
)
def test_t28_text_that_cannot_be_kept(post: Poster, field: str, text: str, encoding: str) -> None:
    bad = 3 if field == "resource" else 1
    assert outcome(post, "traces", span_with(field, TEXTS[text]), encoding) == (3 - bad, bad)


@pytest.mark.parametrize(
    ("field", "text", "encoding"), list(itertools.product(FIELDS, ODD_TEXTS, [JSON, PROTOBUF]))
)
def test_t28_text_that_can(post: Poster, field: str, text: str, encoding: str) -> None:
    assert outcome(post, "traces", span_with(field, ODD_TEXTS[text]), encoding) == (3, 0)


SPANS: dict[str, tuple[dict[str, Any], int]] = {
    "zero trace id": ({"trace_id": bytes(16)}, 1),
    "short trace id": ({"trace_id": b"123"}, 1),
    "long trace id": ({"trace_id": bytes(17)}, 1),
    "no trace id": ({"trace_id": b""}, 1),
    "zero span id": ({"span_id": bytes(8)}, 1),
    "short span id": ({"span_id": b"1"}, 1),
    "no span id": ({"span_id": b""}, 1),
    "short parent": ({"parent_span_id": b"1"}, 1),
    "zero parent": ({"parent_span_id": bytes(8)}, 0),
    "year 1970": ({"start_time_unix_nano": 1}, 1),
    "year 1989": ({"start_time_unix_nano": 19 * YEAR}, 1),
    "year 1991": ({"start_time_unix_nano": 21 * YEAR + YEAR // 2}, 0),
    "year 2262": ({"start_time_unix_nano": 2**63 - 1}, 1),
    "year 2554": ({"start_time_unix_nano": 2**64 - 1}, 1),
    "end in 2554": ({"end_time_unix_nano": 2**64 - 1}, 1),
    "no end": ({"end_time_unix_nano": 0}, 0),
    "negative duration": ({"end_time_unix_nano": now_ns() - 10**9}, 0),
    "an hour ahead": ({"start_time_unix_nano": now_ns() + 3_600 * 10**9}, 0),
    "nan": ({"attributes": {"x": float("nan")}}, 1),
    "infinity": ({"attributes": {"x": float("inf")}}, 1),
    "minus infinity": ({"attributes": {"x": float("-inf")}}, 1),
    "largest integer": ({"attributes": {"x": 2**63 - 1}}, 0),
    "smallest integer": ({"attributes": {"x": -(2**63)}}, 0),
    "repeated key": ({"attributes": [("http.route", "/a"), ("http.route", "/b")]}, 0),
    "empty key": ({"attributes": {"": "x"}}, 0),
    "nul in key": ({"attributes": {"a\x00": "x"}}, 1),
    "long key": ({"attributes": {"k" * 10_240: "x"}}, 1),
    "bytes": ({"attributes": {"x": b"\x00\xff"}}, 0),
    "unknown kind": ({"kind": 99}, 0),
}


@pytest.mark.parametrize(("case", "encoding"), list(itertools.product(SPANS, [JSON, PROTOBUF])))
def test_t28_spans(post: Poster, case: str, encoding: str) -> None:
    said, bad = SPANS[case]
    assert outcome(post, "traces", traces({}, said, {}), encoding) == (3 - bad, bad)


LOGS: dict[str, tuple[dict[str, Any], int]] = {
    "nul in body": ({"body": "a\x00"}, 1),
    "nul in name": ({"event_name": "a\x00"}, 1),
    "short trace id": ({"trace_id": b"1"}, 1),
    "short span id": ({"span_id": b"1"}, 1),
    "no time": ({"time_unix_nano": 0}, 1),
    "year 2554": ({"time_unix_nano": 2**64 - 1}, 1),
    "huge severity": ({"severity_number": 99}, 0),
}


@pytest.mark.parametrize(("case", "encoding"), list(itertools.product(LOGS, [JSON, PROTOBUF])))
def test_t28_logs(post: Poster, case: str, encoding: str) -> None:
    said, bad = LOGS[case]
    assert outcome(post, "logs", logs({}, dict(said), {"severity_number": 5}), encoding) == (3 - bad, bad)


POINTS: dict[str, tuple[dict[str, Any], int]] = {
    "nan": ({"as_double": float("nan")}, 1),
    "infinity": ({"as_double": float("inf")}, 1),
    "no time": ({"time_unix_nano": 0}, 1),
    "year 2554": ({"time_unix_nano": 2**64 - 1}, 1),
    "largest": ({"as_int": 2**63 - 1}, 0),
    "unset": ({"flags": 1}, 1),
}


@pytest.mark.parametrize(("case", "encoding"), list(itertools.product(POINTS, [JSON, PROTOBUF])))
def test_t28_points(post: Poster, case: str, encoding: str) -> None:
    said, bad = POINTS[case]
    assert outcome(post, "metrics", gauge({}, said, {}), encoding) == (3 - bad, bad)


# Raw JSON of an event's `data`: what no Python value writes.
RAW: dict[str, tuple[str, int]] = {
    "lone high surrogate": (r'{"charge_no":"\ud800"}', 1),
    "lone low surrogate": (r'{"charge_no":"\udc00x"}', 1),
    "swapped pair": (r'{"charge_no":"\udc00\ud800"}', 1),
    "a pair": (r'{"charge_no":"\ud83d\ude00"}', 0),
    "escaped backslash": (r'{"charge_no":"\\ud800"}', 0),
    "nul": (r'{"charge_no":"a\u0000"}', 1),
    "number too large": ('{"charge_no":"1","amount":1e999}', 1),
    "huge integer": (f'{{"charge_no":"1","sequence":{BIG}}}', 1),
    "amount as a huge integer": (f'{{"charge_no":"1","amount":{BIG}}}', 1),
    "repeated name": ('{"charge_no":"1","charge_no":"2"}', 0),
    "wrong type": ('{"charge_no":5}', 1),
    "null": ('{"charge_no":null}', 1),
    "list": ("[1]", 1),
    "text": ('"x"', 1),
    "control in department": (r'{"charge_no":"1","department":"a\u0007"}', 1),
    "direction in department": (r'{"charge_no":"1","department":"a\u202eb"}', 1),
    "long department": (f'{{"charge_no":"1","department":"{"x" * 200}"}}', 1),
    "key of spaces": ('{"charge_no":"   "}', 1),
    "long key": (f'{{"charge_no":"{"x" * 81}"}}', 1),
    "bad day": ('{"charge_no":"1","service_date":"2026-02-30"}', 1),
    "amount in words": ('{"charge_no":"1","amount":"ten"}', 1),
    "observed before the first year": ('{"charge_no":"1","observed_at":"0001-01-01T00:00:00+14:00"}', 1),
    "observed after the last year": ('{"charge_no":"1","observed_at":"9999-12-31T23:59:59-14:00"}', 1),
    "observed in another century": ('{"charge_no":"1","observed_at":"1899-12-30T00:00:00Z"}', 1),
    "sequence with a point": ('{"charge_no":"1","sequence":2.0}', 0),
    "sequence with a fraction": ('{"charge_no":"1","sequence":2.5}', 1),
    "a trillion": ('{"charge_no":"1","amount":"1000000000000"}', 1),
    "a penny less": ('{"charge_no":"1","amount":"000999999999999.99"}', 0),
    "minus zero": ('{"charge_no":"1","amount":"-0.00"}', 0),
}


@pytest.mark.parametrize("case", RAW)
def test_t28_events(post: Poster, case: str) -> None:
    data, bad = RAW[case]
    odd = json.dumps(event(n=2, data="HERE")).replace('"HERE"', data)
    body = f"[{json.dumps(event(n=1))},{odd},{json.dumps(event(n=3))}]".encode()

    response = post.raw("/api/v1/events", body, BATCH)

    assert response.status_code == 200, response.content
    assert (json.loads(response.content)["accepted"], Inbox.objects.get().items) == (3 - bad, 3 - bad)
    assert len(stored(Event)) == 3 - bad  # as the drain reads them


def test_t28_no_direction_or_control_character_is_stored(post: Poster) -> None:
    hidden = {*map(chr, range(32)), "\u202e", "\u200b"}
    for field, text in itertools.product(FIELDS, ODD_TEXTS.values()):
        post.otlp("traces", span_with(field, text))
    for span in stored(Span):
        texts = [span.name, span.service, span.message or "", *span.attributes.values()]
        assert hidden.isdisjoint("".join(texts))
