"""T10, T11, T12 in short: with the broker emptied, gone or frozen, work is taken in and done all the same."""

import os
import random
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import psycopg
import pytest
import redis

from observability.embedded.children import wait_until
from tests.build.claims import submitted
from tests.house.conftest import Start, Started, installations, kill
from tests.house.connector import Feed, feed_of
from tests.house.test_up import get, process_numbers

DONE_WITHIN_SECONDS = 60.0
FLUSHES, CLAIMS = 5, 12
LONG_AGO = datetime(2026, 3, 2, 12, tzinfo=UTC)
EFFECTS = {
    "transactions": "SELECT count(*) FROM transaction WHERE workflow = 'claim'",
    "facts": "SELECT sum(facts) FROM transaction WHERE workflow = 'claim'",
    "found late": "SELECT count(late_since) FROM deadline WHERE workflow = 'claim'",
    "counted for the connector": "SELECT sum(n) FROM connector_count"
    " WHERE kind = 'sent' AND code = 'claim.submitted.v1'",
    "counted in the measure": "SELECT sum(denominator) FROM kpi_value"
    " WHERE kpi = 'K01' AND grain = 'facility'",
}


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Start, Started, Feed]]:
    for start in installations():
        up = start.up_again()
        up.wait_said("Ready on")
        yield start, up, feed_of(start, up)


def post_all(feed: Feed, batches: range) -> list[str]:
    answers = [feed.post(batch) for batch in batches]
    assert {status for status, _ in answers} == {200}
    return [receipt for _, receipt in answers]


def test_t10_an_emptied_broker_loses_no_work_and_none_of_what_follows_from_it(
    running: tuple[Start, Started, Feed],
) -> None:
    _, up, feed = running
    sizes = random.Random(10).choices(range(10, 31), k=FLUSHES)
    receipts: list[str] = []
    with redis.Redis.from_url(up.redis_url()) as broker:
        for flush, size in enumerate(sizes):
            receipts += [claims(feed, flush, number) for number in range(size)]
            broker.flushall()
    sent = sum(sizes) * CLAIMS
    assert sent >= 1_000
    assert wait_until(partial(feed.all_applied, receipts), seconds=DONE_WITHIN_SECONDS, every=0.5)
    # Correlated once, found late though no event says so, counted for the connector and in the measure.
    wanted = dict.fromkeys(EFFECTS, sent)
    wait_until(lambda: effects(up) == wanted, seconds=DONE_WITHIN_SECONDS, every=0.5)
    assert effects(up) == wanted


def claims(feed: Feed, flush: int, number: int) -> str:
    """Post a few claims whose answer is long overdue; return the receipt."""
    names = (f"T10-{flush}-{number}-{n}" for n in range(CLAIMS))
    status, answer = feed.send([submitted(name, LONG_AGO) for name in names])
    assert status == 200
    return answer


def effects(up: Started) -> dict[str, int]:
    """Return how often each effect is there."""
    with psycopg.connect(up.database_url()) as database:
        rows = {name: database.execute(sql.encode()).fetchone() for name, sql in EFFECTS.items()}
    return {name: int(row[0] or 0) for name, row in rows.items() if row}


def test_t12_a_frozen_broker_delays_nobody_and_work_goes_on(running: tuple[Start, Started, Feed]) -> None:
    start, up, feed = running
    (valkey,) = process_numbers(start, "valkey-server")
    os.kill(valkey, signal.SIGSTOP)
    try:
        receipts = post_all(feed, range(100, 110))
        status, words = get(f"{up.url}/readyz")
        assert status == 200
        assert words.startswith("ready, degraded\n")
        assert "broker: does not answer" in words
        assert wait_until(partial(feed.all_applied, receipts), seconds=DONE_WITHIN_SECONDS, every=0.5)
    finally:
        os.kill(valkey, signal.SIGCONT)
    assert wait_until(lambda: "broker: answers" in get(f"{up.url}/readyz")[1], seconds=60)


def test_t11_a_broker_that_is_gone_loses_no_work(running: tuple[Start, Started, Feed]) -> None:
    start, _, feed = running
    receipts: list[str] = []
    for batch in range(200, 210):
        # It is started again within seconds; each kill comes as soon as it is back.
        kill(process_numbers(start, "valkey-server"))
        receipts += post_all(feed, range(batch, batch + 1))
    assert wait_until(partial(feed.all_applied, receipts), seconds=DONE_WITHIN_SECONDS, every=0.5)
