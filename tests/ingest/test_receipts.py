"""Receipts and heartbeats: what a connector may ask, and how it says that it lives."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from integrations.models import Heartbeat, Inbox
from observability.core import clock
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import JSON, Poster

pytestmark = pytest.mark.django_db


def ask(post: Poster, receipt: str) -> tuple[int, dict[str, object]]:
    """Return status and body of a receipt."""
    response = post.client.get(f"/api/v1/receipts/{receipt}", headers={"Authorization": f"Bearer {post.key}"})
    return response.status_code, json.loads(response.content)


def test_a_receipt_says_stored_then_applied(post: Poster) -> None:
    receipt = json.loads(post.events([event(), event(type_="no.v1")]).content)["receipt"]
    status, body = ask(post, receipt)
    assert (status, body["status"], body["items"], body["rejected"]) == (
        200,
        "stored",
        1,
        {"unknown_type": 1},
    )
    assert "new" not in body

    Inbox.objects.update(done_at=clock.now(), new=1, duplicates=0, conflicts=0, orphans=0)
    status, body = ask(post, receipt)
    assert (body["status"], body["new"], body["duplicate"], body["orphan"]) == ("applied", 1, 0, 0)


def test_a_receipt_of_otlp_is_in_a_header(post: Poster) -> None:
    assert ask(post, post.otlp("traces", traces({}))["Throughline-Receipt"])[0] == 200


def test_a_parked_request_says_so(post: Poster) -> None:
    receipt = json.loads(post.events([event()]).content)["receipt"]
    Inbox.objects.update(parked_code="poison")
    assert ask(post, receipt)[1]["status"] == "parked"


@pytest.mark.parametrize(
    "unknown", ["019c0000-0000-7000-8000-000000000001", str(UUID(int=2**128 - 1)), str(UUID(int=0))]
)
def test_an_unknown_receipt_is_404(post: Poster, unknown: str) -> None:
    status, body = ask(post, unknown)
    assert (status, body["code"]) == (404, "unknown_receipt")


def beat(post: Poster, said: object) -> int:
    """Post a heartbeat and return the status."""
    return post.raw("/api/v1/heartbeats", json.dumps(said).encode(), JSON).status_code


def test_a_heartbeat_is_kept(post: Poster) -> None:
    assert beat(post, {"stream": "adt", "expects_per_hour": 60}) == 200
    kept = Heartbeat.objects.get()
    assert (kept.stream, kept.expects_per_hour, kept.connector_id) == ("adt", 60, post.connector.pk)


def test_the_latest_heartbeat_counts_whatever_the_order(post: Poster) -> None:
    now = clock.now()
    for minutes in (5, 1, 9):
        beat(post, [{"stream": "adt", "at": (now - timedelta(minutes=minutes)).isoformat()}])
    assert Heartbeat.objects.get().at == now - timedelta(minutes=1)


@pytest.mark.parametrize(
    "said",
    [
        *([], {"stream": "A B"}, {"unknown": 1}, {"expects_per_hour": -1}, 5),
        *({"at": at} for at in ("2026-01-01T00:00:00", "1899-12-30T00:00:00Z", "0001-01-01T00:00:00+14:00")),
    ],
)
def test_what_is_no_heartbeat_is_400(post: Poster, said: object) -> None:
    assert beat(post, said) == 400
