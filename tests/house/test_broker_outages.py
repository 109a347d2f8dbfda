"""T10, T11, T12 in short: with the broker emptied, gone or frozen, work is taken in and done all the same."""

import os
import signal
from collections.abc import Iterator
from functools import partial

import pytest
import redis

from observability.embedded.children import wait_until
from tests.house.conftest import Start, Started, installations
from tests.house.connector import Feed, feed_of
from tests.house.test_up import get, process_numbers

DONE_WITHIN_SECONDS = 60.0


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Start, Started, Feed]]:
    for start in installations():
        up = start.up()
        up.wait_said("Ready on")
        yield start, up, feed_of(start, up)


def post_all(feed: Feed, batches: range) -> list[str]:
    answers = [feed.post(batch) for batch in batches]
    assert {status for status, _ in answers} == {200}
    return [receipt for _, receipt in answers]


def test_t10_an_emptied_broker_loses_no_work(running: tuple[Start, Started, Feed]) -> None:
    _, up, feed = running
    receipts: list[str] = []
    with redis.Redis.from_url(up.redis_url()) as broker:
        for flush in range(5):
            receipts += post_all(feed, range(flush * 4, flush * 4 + 4))
            broker.flushall()
    assert wait_until(partial(feed.all_applied, receipts), seconds=DONE_WITHIN_SECONDS, every=0.5)


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
    assert wait_until(lambda: "broker: answers" in get(f"{up.url}/readyz")[1], seconds=10)


def test_t11_a_broker_that_is_gone_loses_no_work(running: tuple[Start, Started, Feed]) -> None:
    start, _, feed = running
    receipts: list[str] = []
    for batch in range(200, 210):
        # It is started again within seconds; each kill comes as soon as it is back.
        for number in process_numbers(start, "valkey-server"):
            os.kill(number, signal.SIGKILL)
        receipts += post_all(feed, range(batch, batch + 1))
    assert wait_until(partial(feed.all_applied, receipts), seconds=DONE_WITHIN_SECONDS, every=0.5)
