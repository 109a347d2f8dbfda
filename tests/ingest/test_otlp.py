"""What becomes of spans, logs and metrics."""

import pytest

from integrations.ingest.records import Span
from tests.ingest.otlp_requests import traces
from tests.ingest.posting import JSON, PROTOBUF, Poster, otlp_json, stored

pytestmark = pytest.mark.django_db


def test_it_works(post: Poster) -> None:
    response = post.otlp("traces", traces({"name": "POST /claims"}))

    assert (response.status_code, response.content) == (200, b"")
    assert [record.name for record in stored(Span)] == ["POST /claims"]


def test_both_encodings_give_the_same_record(post: Poster) -> None:
    request = traces({"name": "POST /claims", "kind": 2, "attributes": {"http.route": "/claims", "x": 1}})

    post.otlp("traces", request, PROTOBUF)
    post.otlp("traces", otlp_json(request), JSON)

    first, second = stored(Span)
    assert first == second
