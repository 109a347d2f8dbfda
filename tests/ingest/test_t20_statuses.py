"""T20: every status an OTLP client can meet: code, type of the answer, its body, when to try again."""

import gzip
import json
from typing import Any

import pytest
from django.http import HttpResponse
from google.rpc.status_pb2 import Status
from pytest_django import Settings

from integrations.ingest import limits
from tests.ingest.otlp_requests import gauge, logs, traces
from tests.ingest.posting import JSON, PROTOBUF, Poster, otlp_json

pytestmark = pytest.mark.django_db

SIGNALS = ("traces", "metrics", "logs")
REQUESTS: dict[str, Any] = {
    "traces": lambda: traces({}),
    "metrics": lambda: gauge({}),
    "logs": lambda: logs({}),
}
CASES = [(signal, encoding) for signal in SIGNALS for encoding in (JSON, PROTOBUF)]
each = pytest.mark.parametrize(("signal", "encoding"), CASES)


def body_of(signal: str, encoding: str) -> bytes:
    """Return a good request of a signal."""
    request = REQUESTS[signal]()
    said = request.SerializeToString() if encoding == PROTOBUF else json.dumps(otlp_json(request)).encode()
    return bytes(said)


def check(response: HttpResponse, status: int, encoding: str, rpc: int | None = None) -> None:
    """Hold an answer to its code, its encoding and the status message it must carry."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == encoding
    if rpc is None:
        assert response.content == (b"{}" if encoding == JSON else b"")
        return
    if encoding == JSON:
        said = json.loads(response.content)
        code, message = said["code"], said["message"]
    else:
        parsed = Status.FromString(response.content)
        code, message = parsed.code, parsed.message
    assert code == rpc
    assert message
    assert ("Retry-After" in response) is (status in (429, 503))
    if "Retry-After" in response:
        assert 1 <= int(response["Retry-After"]) <= 30


@each
def test_a_good_request_is_200_with_an_empty_answer(post: Poster, signal: str, encoding: str) -> None:
    check(post.raw(f"/v1/{signal}", body_of(signal, encoding), encoding), 200, encoding)


@each
def test_gzip_is_read(post: Poster, signal: str, encoding: str) -> None:
    zipped = gzip.compress(body_of(signal, encoding))
    for coding in ("gzip", "GZip", "x-gzip"):
        check(post.raw(f"/v1/{signal}", zipped, encoding, Content_Encoding=coding), 200, encoding)


@each
def test_an_empty_request_is_200(post: Poster, signal: str, encoding: str) -> None:
    check(post.raw(f"/v1/{signal}", b"{}" if encoding == JSON else b"", encoding), 200, encoding)


@each
def test_garbage_is_400(post: Poster, signal: str, encoding: str) -> None:
    check(post.raw(f"/v1/{signal}", b"\xff\xfe{garbage", encoding), 400, encoding, 3)


@each
def test_damaged_gzip_is_400(post: Poster, signal: str, encoding: str) -> None:
    cut = gzip.compress(body_of(signal, encoding))[:-6]
    check(post.raw(f"/v1/{signal}", cut, encoding, Content_Encoding="gzip"), 400, encoding, 3)


@each
def test_no_key_is_401(post: Poster, signal: str, encoding: str) -> None:
    check(post.raw(f"/v1/{signal}", b"", encoding, Authorization=""), 401, encoding, 16)


@each
def test_a_signal_outside_the_grant_is_403(post: Poster, signal: str, encoding: str) -> None:
    post.connector.signals = [other for other in SIGNALS if other != signal]
    post.connector.save()
    check(post.raw(f"/v1/{signal}", b"", encoding), 403, encoding, 7)


@each
def test_get_is_405_and_names_post(post: Poster, signal: str, encoding: str) -> None:
    response = post.client.get(f"/v1/{signal}", headers={"Content-Type": encoding})
    assert (response.status_code, response["Allow"]) == (405, "POST")


@each
def test_exactly_the_limit_passes_and_one_less_is_413(
    post: Poster, settings: Settings, signal: str, encoding: str
) -> None:
    body = body_of(signal, encoding)
    settings.INGEST_MAX_INFLATED_BYTES = len(body)
    check(post.raw(f"/v1/{signal}", body, encoding), 200, encoding)
    settings.INGEST_MAX_INFLATED_BYTES = len(body) - 1
    check(post.raw(f"/v1/{signal}", body, encoding), 413, encoding, 3)


@each
def test_what_inflates_beyond_the_limit_is_413(
    post: Poster, settings: Settings, signal: str, encoding: str
) -> None:
    body = body_of(signal, encoding)
    settings.INGEST_MAX_INFLATED_BYTES = len(body) - 1
    zipped = gzip.compress(body)
    check(post.raw(f"/v1/{signal}", zipped, encoding, Content_Encoding="gzip"), 413, encoding, 3)


@each
def test_an_unknown_encoding_is_415_and_names_gzip(post: Poster, signal: str, encoding: str) -> None:
    response = post.raw(f"/v1/{signal}", b"x", encoding, Content_Encoding="zstd")
    check(response, 415, encoding, 3)
    assert response["Accept-Encoding"] == "gzip"


@each
def test_over_the_limit_is_429_with_seconds(post: Poster, signal: str, encoding: str) -> None:
    post.connector.events_per_second, post.connector.burst = 1, 1
    post.connector.save()
    limits.forget()
    check(post.raw(f"/v1/{signal}", b"{}" if encoding == JSON else b"", encoding), 200, encoding)
    check(post.raw(f"/v1/{signal}", b"", encoding), 429, encoding, 8)


@each
def test_no_room_is_503_with_seconds(post: Poster, settings: Settings, signal: str, encoding: str) -> None:
    settings.INGEST_DISK_PATH, settings.INGEST_DISK_FREE_BYTES = "/", 1 << 60
    check(post.raw(f"/v1/{signal}", b"", encoding), 503, encoding, 14)


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("Application/X-Protobuf", 200),
        ("application/x-protobuf; messageType=x", 200),
        ("text/plain", 415),
        ("application/xml", 415),
        ("application/protobuf", 415),
        (None, 415),
    ],
)
def test_the_type_is_read_without_its_parameters(post: Poster, content_type: str | None, status: int) -> None:
    body = b"{}" if "json" in (content_type or "").lower() else b""
    response = post.raw("/v1/traces", body, content_type)
    assert response.status_code == status
    if status == 415:
        assert response["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer x.y", f"Bearer {10 * 'a'}.{43 * 'b'}"])
def test_a_malformed_or_unknown_key_is_401(post: Poster, header: str) -> None:
    check(post.raw("/v1/traces", b"", PROTOBUF, Authorization=header), 401, PROTOBUF, 16)


def test_a_key_in_the_address_is_refused(post: Poster) -> None:
    response = post.raw(f"/v1/traces?access_token={post.key}", b"", PROTOBUF)
    check(response, 401, PROTOBUF, 16)
    assert response["WWW-Authenticate"] == "Bearer"


def test_an_address_of_very_many_fields_is_one_all_the_same(post: Poster) -> None:
    check(post.raw("/v1/traces?" + "a&" * 1_100, b"", PROTOBUF), 200, PROTOBUF)


def test_a_signal_nobody_has_is_404(post: Poster) -> None:
    check(post.raw("/v1/profiles", b"", PROTOBUF), 404, PROTOBUF, 12)


def test_the_key_is_looked_at_before_the_body(post: Poster) -> None:
    response = post.raw("/v1/traces", b"\xff" * 100, PROTOBUF, Authorization="", Content_Encoding="zstd")
    check(response, 401, PROTOBUF, 16)
