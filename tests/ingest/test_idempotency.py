"""Idempotency-Key: the same request again gets the same answer, another one with the same key is refused."""

import json
from datetime import timedelta
from hashlib import sha256

import pytest

from integrations.ingest import failpoints
from integrations.models import IdempotencyKey, Inbox
from tests.ingest.otlp_requests import event
from tests.ingest.posting import Poster

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _failpoints(settings: object) -> None:
    settings.FAILPOINTS = True  # type: ignore[attr-defined]


def test_the_first_answer_is_given_again(post: Poster) -> None:
    first = post.events([event()], Idempotency_Key="k1")
    again = post.events([event()], Idempotency_Key='"k1"')

    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again["Idempotency-Replayed"], "Idempotency-Replayed" in first) == ("true", False)
    assert Inbox.objects.count() == 1


def test_a_key_that_is_somebodys_number_is_not_kept(post: Poster) -> None:
    post.events([event()], Idempotency_Key="claim-4711")
    row = IdempotencyKey.objects.get()
    assert "4711" not in row.key
    assert sha256(b"claim-4711").hexdigest() != row.key  # whoever guesses the number cannot tell


def test_another_body_is_422(post: Poster) -> None:
    post.events([event()], Idempotency_Key="k1")
    response = post.events([event(n=2)], Idempotency_Key="k1")
    assert (response.status_code, json.loads(response.content)["code"]) == (422, "idempotency_key_reused")


def test_a_running_one_is_409(post: Poster) -> None:
    post.events([event()], Idempotency_Key="k1")
    IdempotencyKey.objects.update(status=None, answer=None)
    response = post.events([event()], Idempotency_Key="k1")
    assert (response.status_code, response["Retry-After"]) == (409, "1")


def test_one_that_died_is_done_anew(post: Poster) -> None:
    post.events([event()], Idempotency_Key="k1")
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(status=None, answer=None, created_at=row.created_at - timedelta(minutes=2))
    assert post.events([event()], Idempotency_Key="k1").status_code == 200


def test_after_seven_days_the_key_is_free(post: Poster) -> None:
    post.events([event()], Idempotency_Key="k1")
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(created_at=row.created_at - timedelta(days=8))
    response = post.events([event(n=2)], Idempotency_Key="k1")
    assert (response.status_code, "Idempotency-Replayed" in response) == (200, False)


def test_a_failed_one_leaves_the_key_free(post: Poster) -> None:
    failpoints.plant("apply", RuntimeError)
    assert post.events([event()], Idempotency_Key="k1").status_code == 503
    failpoints.clear()
    assert post.events([event()], Idempotency_Key="k1").status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "\u00e9"])
def test_a_malformed_key_is_400(post: Poster, key: str) -> None:
    response = post.events([event()], Idempotency_Key=key)
    assert (response.status_code, json.loads(response.content)["code"]) == (400, "invalid_idempotency_key")
