"""T05: a database that can take nothing in is 503 with Retry-After; nothing acknowledged is lost by it."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest
from django.db import connection

from integrations.ingest.records import Span
from integrations.models import Inbox
from tests.build.outages import full_disk, grown, no_connection, on_a_small_disk, read_only
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import BATCH, PROTOBUF, poster, stored
from tests.ingest.serving import Server, serving

pytestmark = pytest.mark.django_db(transaction=True)
SPANS = 50
ENOUGH = 200  # requests, far more than a small disk holds
REFUSED = 6  # of half a second each where there is no connection: long enough for tries to become rare
SOON = 10  # requests after it is over, of which one at the latest is taken


@pytest.fixture(scope="module")
def server(django_db_setup: None) -> Iterator[Server]:
    """One server for all of these outages, never started again."""
    with serving(THROUGHLINE_DB_POOL_WAIT_SECONDS="0.5") as running:
        yield running


class Client:
    """Posts batches of spans, each with names of its own, and remembers which were acknowledged."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.key = poster().key
        self.number = 0
        self.acknowledged: list[bytes] = []

    def post(self) -> int:
        """Post the next batch; answer the status, and see to it that a refusal can be obeyed."""
        self.number += 1
        names = [(self.number * SPANS + n).to_bytes(8, "big") for n in range(SPANS)]
        body = traces(*[{"span_id": name} for name in names]).SerializeToString()
        status = self.send("/v1/traces", PROTOBUF, body)
        if status == 200:
            self.acknowledged += names
        return status

    def send(self, path: str, content_type: str, body: bytes) -> int:
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": content_type}
        status, said, _ = self.server.request(path, body, headers)
        assert status == 200 or (status == 503 and 1 <= int(said["Retry-After"]) <= 30)
        return status

    def post_until_taken(self) -> None:
        assert any(self.post() == 200 for _ in range(SOON))

    def nothing_is_lost(self) -> None:
        """What is stored is what was acknowledged: all of it, once, and no part of anything else."""
        assert sorted(span.span_id for span in stored(Span)) == sorted(self.acknowledged)


@pytest.mark.parametrize(
    "outage",
    [full_disk("inbox"), read_only(), no_connection()],
    ids=["full_disk", "read_only", "no_connection"],
)
def test_t05_an_outage_is_503_for_all_and_is_over_without_a_restart(
    server: Server, outage: AbstractContextManager[None]
) -> None:
    client = Client(server)
    client.post_until_taken()
    with outage:
        assert {client.post() for _ in range(REFUSED)} == {503}
        assert client.send("/api/v1/events", BATCH, json.dumps([event()]).encode()) == 503
    client.post_until_taken()
    client.nothing_is_lost()


def test_t05_a_disk_that_really_fills_up_loses_nothing_that_was_acknowledged(server: Server) -> None:
    client = Client(server)
    client.post_until_taken()
    with on_a_small_disk(partition_of_today()) as disk:
        assert any(client.post() == 503 for _ in range(ENOUGH))
        kept = len(client.acknowledged)
        grown(disk)
        client.post_until_taken()
        assert len(client.acknowledged) > kept > SPANS
        client.nothing_is_lost()


def partition_of_today() -> str:
    """Return the partition of the inbox that requests of now go into."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM inbox LIMIT 1")
        row = cursor.fetchone()
    assert row
    assert Inbox.objects.exists()
    return str(row[0])
