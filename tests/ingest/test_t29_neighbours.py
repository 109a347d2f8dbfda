"""T29: who sends ten times what is allowed is refused; nobody else is, and nothing acknowledged is lost."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from integrations.ingest import failpoints
from integrations.models import Inbox
from observability.embedded.children import wait_until
from tests.ingest.otlp_requests import traces
from tests.ingest.posting import PROTOBUF, Poster, poster
from tests.ingest.serving import Server, serving
from tests.ingest.test_real_server import peak_mib

LOUD, REQUESTS = 2, 100
RATE, BURST = 1, 20  # so few that even a slow machine asks for ten times as many
MORE_MEMORY = 1.1  # than it took to begin to refuse


def limited(post: Poster, *, rate: int, burst: int) -> Poster:
    post.connector.events_per_second, post.connector.burst = rate, burst
    post.connector.save()
    return post


def send(server: Server, post: Poster) -> int:
    """Post one span; answer the status, and see to it that 429 says when to come again."""
    headers = {"Authorization": f"Bearer {post.key}", "Content-Type": PROTOBUF}
    status, said, _ = server.request("/v1/traces", traces({}).SerializeToString(), headers)
    assert status == 200 or (status == 429 and 1 <= int(said["Retry-After"]) <= 30)
    return status


@pytest.mark.django_db(transaction=True)
def test_t29_ten_times_the_limit_is_429_and_a_neighbour_is_always_served() -> None:
    loud, quiet = limited(poster("loud"), rate=RATE, burst=BURST), poster("quiet")

    with serving() as server:
        begun = [send(server, loud) for _ in range(2 * BURST)]
        assert 429 in begun
        before = peak_mib(server)
        with ThreadPoolExecutor(LOUD + 1) as pool:
            many = [pool.submit(lambda: [send(server, loud) for _ in range(REQUESTS)]) for _ in range(LOUD)]
            few = pool.submit(lambda: [send(server, quiet) for _ in range(REQUESTS)])
        answers = begun + [status for one in many for status in one.result()]

        assert set(few.result()) == {200}
        assert set(answers) == {200, 429}
        assert answers.count(429) > REQUESTS
        taken = Inbox.objects.filter(connector_id=loud.connector.pk).count()
        assert taken == answers.count(200)
        assert Inbox.objects.filter(connector_id=quiet.connector.pk).count() == REQUESTS
        assert peak_mib(server) <= MORE_MEMORY * before
        # Once it stops it is like anybody else, without anybody's doing.
        assert wait_until(lambda: send(server, loud) == 200, seconds=30, every=0.2)


@pytest.mark.django_db
def test_t29_a_refused_request_takes_nothing_that_a_neighbour_would_wait_for(settings: Settings) -> None:
    settings.FAILPOINTS, settings.INGEST_LEASE_SECONDS = True, 3_600
    loud, quiet = limited(poster("loud"), rate=1, burst=2), poster("quiet")
    read: list[str] = []
    failpoints.plant("read", lambda *_: read.append("read"))
    body = traces({}).SerializeToString()
    while loud.raw("/v1/traces", body, PROTOBUF).status_code == 200:
        pass
    assert quiet.raw("/v1/traces", body, PROTOBUF).status_code == 200
    read.clear()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        answers = {loud.raw("/v1/traces", body, PROTOBUF).status_code for _ in range(50)}

    # Neither the database nor the decoder sees any of it, so there is nothing to wait for.
    assert (answers, list(asked), read) == ({429}, [], [])
    assert quiet.raw("/v1/traces", body, PROTOBUF).status_code == 200
    assert read == ["read"]
