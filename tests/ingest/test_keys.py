"""T31, T37: limits and keys of connectors, held across threads and processes."""

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django import Settings

from integrations.ingest import auth, limits
from integrations.ingest.credentials import issue_key, revoke_keys
from integrations.models import Connector, Credential, Inbox, RateBucket
from observability.core import clock
from tests.build import build_facility
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import PROTOBUF, Poster, poster


def run(*args: str) -> Any:
    """Run `connector …` and return what it says in JSON."""
    out = io.StringIO()
    call_command("connector", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.mark.django_db
def test_t37_a_key_is_shown_once_and_kept_as_a_digest() -> None:
    build_facility("NORTH")
    said = run("create", "lab-feed", "--facility", "NORTH")
    prefix, _, secret = said["key"].partition(".")

    kept = Credential.objects.get()
    assert (kept.prefix, bytes(kept.secret_sha256)) == (prefix, hashlib.sha256(secret.encode()).digest())
    assert secret not in json.dumps(run("list"))


@pytest.mark.django_db
def test_t37_two_keys_live_and_the_third_ends_the_first(post: Poster) -> None:
    second = run("rotate", "lab-feed")
    third = run("rotate", "lab-feed")

    assert third["revoked"] == [post.key.partition(".")[0]]
    auth.forget()
    answers = [
        post.raw("/v1/traces", b"", PROTOBUF, Authorization=f"Bearer {key}").status_code
        for key in (post.key, second["key"], third["key"])
    ]
    assert answers == [401, 200, 200]


@pytest.mark.django_db
def test_t37_a_revoked_key_is_refused_once_the_cache_has_run_out(post: Poster, settings: Settings) -> None:
    assert settings.INGEST_CREDENTIAL_CACHE_SECONDS <= 5
    settings.INGEST_CREDENTIAL_CACHE_SECONDS = 0
    auth.forget()
    assert post.otlp("traces", traces({})).status_code == 200
    run("revoke", "lab-feed")
    assert post.otlp("traces", traces({})).status_code == 401


@pytest.mark.django_db
def test_t37_a_key_opens_nothing_but_its_own(post: Poster) -> None:
    receipt = post.otlp("traces", traces({}))["Throughline-Receipt"]
    other = poster("other-feed")
    bearer = {"Authorization": f"Bearer {other.key}"}

    assert post.client.get(f"/api/v1/receipts/{receipt}", headers=bearer).status_code == 404
    for page in ("/", "/admin/", "/transactions/"):
        assert post.client.get(page, headers=bearer).status_code in (301, 302, 403, 404)


@pytest.mark.django_db
def test_t37_another_secret_under_a_known_prefix_is_refused(post: Poster) -> None:
    prefix = post.key.partition(".")[0]
    forged = f"Bearer {prefix}.{'A' * 43}"
    assert post.raw("/v1/traces", b"", PROTOBUF, Authorization=forged).status_code == 401


@pytest.mark.django_db
@pytest.mark.parametrize(
    "args",
    [
        ("create", "lab-feed", "--facility", "NORTH"),
        ("create", "new-feed", "--facility", "NOWHERE"),
        ("create", "new feed", "--facility", "NORTH"),
        ("create", "new/feed", "--facility", "NORTH"),
        ("create", "f" * 61, "--facility", "NORTH"),
        ("rotate", "nobody"),
        ("revoke", "nobody"),
        ("revoke", "lab-feed", "--key", "unknown"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(post: Poster, args: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match=r"\.$"):
        run(*args)


@pytest.mark.django_db(transaction=True)
def test_t31_two_hundred_at_once_never_pass_a_limit_of_fifty(settings: Settings) -> None:
    settings.INGEST_LEASE_SECONDS = 0
    post = poster("busy-feed")
    Connector.objects.update(events_per_second=0, burst=50)
    RateBucket.objects.update(tokens=50)

    def one(n: int) -> int:
        try:
            # Who it pretends to come from changes nothing: the limit is the key's.
            return post.raw("/v1/traces", b"", PROTOBUF, X_Forwarded_For=f"10.0.0.{n}").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(200)))

    assert (answers.count(200), answers.count(429)) == (50, 150)


@pytest.mark.django_db(transaction=True)
def test_t31_processes_together_never_lease_more_than_the_row_holds(settings: Settings) -> None:
    settings.INGEST_LEASE_SECONDS = 0
    poster("busy-feed")
    Connector.objects.update(events_per_second=0, burst=50)
    RateBucket.objects.update(tokens=50)
    params = {"credential_id": Credential.objects.get().pk, "want": 3.0, "rate": 0.0, "burst": 50.0}

    def lease(_: int) -> float:
        try:
            with connection.cursor() as cursor:
                cursor.execute(limits.LEASE, params)
                row = cursor.fetchone()
                assert row is not None
                return float(row[0])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lease, range(40))) == 50


@pytest.mark.django_db
def test_t31_a_batch_is_paid_for_by_its_items(post: Poster) -> None:
    Connector.objects.update(events_per_second=10, burst=20)
    RateBucket.objects.update(tokens=20)
    assert post.events([event(n=n) for n in range(50)]).status_code == 200
    response = post.events([event(n=99)])
    assert (response.status_code, 1 <= int(response["Retry-After"]) <= 30) == (429, True)


@pytest.mark.django_db
def test_t31_tokens_come_back_with_time(post: Poster) -> None:
    Connector.objects.update(events_per_second=10, burst=20)
    credential = Credential.objects.get()
    RateBucket.objects.update(tokens=0, refilled_at=clock.now() - timedelta(seconds=1))
    with connection.cursor() as cursor:
        cursor.execute(limits.LEASE, {"credential_id": credential.pk, "want": 100, "rate": 10, "burst": 20})
        row = cursor.fetchone()
    assert row is not None
    assert 10 <= row[0] <= 20


@pytest.mark.django_db
def test_one_request_is_one_insert_once_the_key_is_known(
    post: Poster, django_assert_num_queries: Any
) -> None:
    post.otlp("traces", traces({}))
    # The insert goes past Django's cursor, in binary; beside it there is nothing.
    with django_assert_num_queries(0):
        post.otlp("traces", traces({}, {}))
    assert Inbox.objects.count() == 2


@pytest.mark.django_db
def test_revoking_all_leaves_none(post: Poster) -> None:
    issue_key(post.connector, clock.now())
    assert len(revoke_keys(post.connector, clock.now())) == 2
    assert not Credential.objects.filter(revoked_at=None).exists()
