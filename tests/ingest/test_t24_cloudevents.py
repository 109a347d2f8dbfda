"""T24: CloudEvents 1.0 in its three modes, with what the specification allows and forbids."""

import json
from typing import Any

import pytest
from pytest_django import Settings

from integrations.ingest.records import Event
from tests.ingest.otlp_requests import event
from tests.ingest.posting import BATCH, JSON, Poster, stored

pytestmark = pytest.mark.django_db

PATH = "/api/v1/events"
STRUCTURED = "application/cloudevents+json"
HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "e1",
    "ce_source": "test:ehr",
    "ce_type": "charge.captured.v1",
    "ce_time": "2026-03-02T12:00:00Z",
}
DATA = json.dumps(event()["data"]).encode()
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def codes(response: Any) -> list[str]:
    """Return the codes of the refused events."""
    return [one["code"] for one in json.loads(response.content)["rejected"]]


@pytest.mark.parametrize("type_", [STRUCTURED, STRUCTURED + "; charset=utf-8", STRUCTURED.upper()])
def test_t24_structured(post: Poster, type_: str) -> None:
    response = post.raw(PATH, json.dumps(event()).encode(), type_)
    assert (response.status_code, len(stored(Event))) == (200, 1)


@pytest.mark.parametrize("type_", [BATCH, BATCH + "; charset=utf-8", BATCH.upper()])
def test_t24_batch_is_told_from_structured(post: Poster, type_: str) -> None:
    response = post.raw(PATH, json.dumps([event(n=1), event(n=2)]).encode(), type_)
    assert (response.status_code, len(stored(Event))) == (200, 2)


@pytest.mark.parametrize("type_", [JSON, "application/json; charset=utf-8", "application/vnd.acme+json"])
def test_t24_binary(post: Poster, type_: str) -> None:
    assert post.raw(PATH, DATA, type_, **HEADERS).status_code == 200
    assert stored(Event)[0].amount == "10.00"


def test_t24_the_three_modes_are_one_event(post: Poster) -> None:
    post.raw(PATH, DATA, JSON, **HEADERS)
    post.raw(PATH, json.dumps(event()).encode(), STRUCTURED)
    post.events([event()])
    first, second, third = stored(Event)
    assert first == second == third


def test_t24_an_empty_batch_is_200(post: Poster) -> None:
    response = post.events([])
    assert (response.status_code, json.loads(response.content)["accepted"]) == (200, 0)


@pytest.mark.parametrize(
    ("type_", "headers"),
    [
        (JSON, {}),
        ("text/plain", {}),
        ("application/cloudevents+avro", {}),
        ("application/cloudevents-batch+avro", {}),
        (JSON, {name: value for name, value in HEADERS.items() if name != "ce_id"}),
    ],
)
def test_t24_other_formats_are_415(post: Poster, type_: str, headers: dict[str, str]) -> None:
    assert post.raw(PATH, DATA, type_, **headers).status_code == 415


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        ('"quoted"', "quoted"),
        ('"with \\"quotes\\""', 'with "quotes"'),
        ("50%25", "50%"),
        ("plain", "plain"),
    ],
)
def test_t24_headers_are_decoded_once(post: Poster, said: str, meant: str) -> None:
    post.raw(PATH, DATA, JSON, **(HEADERS | {"ce_id": said}))
    post.events([event(id=meant)])
    first, second = stored(Event)
    assert first.event_id == second.event_id


@pytest.mark.parametrize("said", ["%C0%A0", "%E2%82", "%zz", "50%", "%ED%A0%80"])
def test_t24_headers_that_are_no_utf8_are_400(post: Poster, said: str) -> None:
    response = post.raw(PATH, DATA, JSON, **(HEADERS | {"ce_id": said}))
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "bad_header_encoding")


def test_t24_datacontenttype_in_a_header_is_400(post: Poster) -> None:
    response = post.raw(PATH, DATA, JSON, **HEADERS, ce_datacontenttype=JSON)
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "datacontenttype_in_header")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"id": None}, "missing_id"),
    ({"id": ""}, "missing_id"),
    ({"source": None}, "missing_source"),
    ({"type": None}, "missing_type"),
    ({"time": None}, "missing_time"),
    ({"specversion": None}, "missing_specversion"),
    ({"specversion": "0.3"}, "invalid_specversion"),
    ({"id": 5}, "invalid_attribute"),
    ({"time": "2026-03-02"}, "invalid_time"),
    ({"time": "2026-03-02T12:00:00"}, "invalid_time"),
    ({"time": "2026-02-30T12:00:00Z"}, "invalid_time"),
    ({"time": "2016-12-31T23:59:60Z"}, "invalid_time"),  # a leap second, which no column holds
    ({"time": "0001-01-01T00:00:00+14:00"}, "time_out_of_range"),
    ({"time": "9999-12-31T23:59:59-14:00"}, "time_out_of_range"),
    ({"data_base64": "e30="}, "data_and_data_base64"),
    ({"data": None, "data_base64": "e30="}, "data_not_json"),
    ({"data": '{"charge_no": "C-1"}'}, "data_not_an_object"),
    ({"datacontenttype": "text/xml"}, "data_not_json"),
    ({"Foo_Bar": "x"}, "invalid_attribute_name"),
    ({"big": 2**31}, "integer_out_of_range"),
    ({"half": 1.5}, "invalid_attribute"),
    ({"nested": {"a": 1}}, "invalid_attribute"),
    ({"subject": "a\u0007b"}, "forbidden_character"),
    ({"subject": "a\u0085b"}, "forbidden_character"),
    ({"subject": "a\ufdd0b"}, "forbidden_character"),
    ({"subject": "a\U0010ffffb"}, "forbidden_character"),
    ({"dataclassification": "top-secret"}, "unknown_dataclassification"),
    ({"traceparent": "00-0-0-00"}, "invalid_traceparent"),
    ({"traceparent": f"00-{'0' * 32}-b7ad6b7169203331-01"}, "invalid_traceparent"),
]


@pytest.mark.parametrize(("said", "code"), REFUSED)
def test_t24_what_is_forbidden_falls_alone(post: Poster, said: dict[str, Any], code: str) -> None:
    response = post.events([event(n=1), event(n=2) | said])
    assert (response.status_code, codes(response), len(stored(Event))) == (200, [code], 1)


@pytest.mark.parametrize(
    "said",
    [
        {"subject": None},
        {"subject": "order 5"},
        {"dataclassification": "identifier"},
        {"comexampleextension": 2**31 - 1},
        {"time": "2026-03-02t12:00:00.123456789z"},
        {"time": "2026-03-02T06:00:00-06:00"},
        {"datacontenttype": "application/json; charset=utf-8"},
    ],
)
def test_t24_what_it_allows_is_taken(post: Poster, said: dict[str, Any]) -> None:
    assert post.events([event() | said]).status_code == 200
    assert len(stored(Event)) == 1


def test_t24_a_trace_joins_the_event(post: Poster) -> None:
    post.events([event(traceparent=TRACEPARENT)])
    assert stored(Event)[0].trace_id == bytes.fromhex("0af7651916cd43dd8448eb211c80319c")


def test_t24_an_event_of_64_kib_is_taken_and_one_of_more_than_256_is_not(post: Poster) -> None:
    assert post.events([event(data=event()["data"] | {"note": "x" * 65_536})]).status_code == 200
    response = post.events([event(data=event()["data"] | {"note": "x" * 262_144})])
    assert (response.status_code, codes(response)) == (422, ["event_too_large"])


def test_t24_all_refused_is_422_and_nothing_is_stored(post: Poster) -> None:
    response = post.events([event(type_="nothing.v1")])
    assert (response.status_code, json.loads(response.content)["accepted"]) == (422, 0)
    assert stored(Event) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"nonsense", b"[NaN]", b"[" * 100_000])
def test_t24_a_body_that_is_no_list_is_400(post: Poster, body: bytes) -> None:
    response = post.raw(PATH, body, BATCH)
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


def test_t24_the_handshake_names_known_origins_only(post: Poster, settings: Settings) -> None:
    settings.INGEST_WEBHOOK_ORIGINS = ["events.example.org"]
    known = post.client.options(PATH, headers={"WebHook-Request-Origin": "events.example.org"})
    stranger = post.client.options(PATH, headers={"WebHook-Request-Origin": "evil.example.org"})
    assert known["WebHook-Allowed-Origin"] == "events.example.org"
    assert int(known["WebHook-Allowed-Rate"]) > 0
    assert "WebHook-Allowed-Origin" not in stranger


def test_t24_a_retired_connector_is_gone(post: Poster) -> None:
    post.connector.retired_at = post.connector.created_at
    post.connector.save()
    assert post.events([event()]).status_code == 410
