"""T01 in short: the database is killed five times under load; what was acknowledged is there, once."""

import itertools
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import psycopg

from observability.embedded.children import wait_until
from tests.house.conftest import Start, Started, kill
from tests.house.connector import BATCH, Feed, feed_of
from tests.house.test_up import get, process_numbers
from tests.ingest.otlp_requests import traces
from tests.ingest.posting import JSON, PROTOBUF, otlp_json

ITEMS, CLIENTS, KILLS = 25, 8, 5
BETWEEN_KILLS = 800  # items acknowledged since the database last came up
READY_WITHIN_SECONDS = 30.0
AGAIN = {429, 502, 503, 504}  # what an OTLP client may send again
# A kill costs what it interrupts an attempt; what is shown here is not the parking of poison.
SETTINGS = {"THROUGHLINE_DRAIN_LEASE_SECONDS": "2", "THROUGHLINE_DRAIN_MAX_ATTEMPTS": "20"}


@dataclass
class History:
    """What was tried and what was acknowledged, written before each send and after each 200."""

    attempted: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    refusals: set[int] = field(default_factory=set)
    under_way: int = 0
    over: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, names: list[str]) -> None:
        with self.lock:
            self.attempted.update(names)
            self.under_way += 1

    def end(self, names: list[str], status: int | None) -> None:
        with self.lock:
            self.under_way -= 1
            if status == 200:
                self.acknowledged.update(names)
            elif status is not None:
                self.refusals.add(status)


def request_of(batch: int) -> tuple[str, str, bytes, list[str]]:
    """Return where a batch goes, its content type, its body, and the names of its items in the database."""
    numbers = range(batch * ITEMS, (batch + 1) * ITEMS)
    if batch % 3 == 0:
        events = [
            {
                "specversion": "1.0", "id": f"t01-{n}", "source": "t01", "type": "charge.captured.v1",
                "time": "2026-11-01T12:00:00Z", "data": {"charge_no": f"T{n}", "code": f"E{n}"},
            }
            for n in numbers
        ]  # fmt: skip
        return "/api/v1/events", BATCH, json.dumps(events).encode(), [f"E{n}" for n in numbers]
    message = traces(*[{"span_id": (n + 1).to_bytes(8, "big")} for n in numbers])
    names = [(n + 1).to_bytes(8, "big").hex() for n in numbers]
    if batch % 3 == 1:
        return "/v1/traces", PROTOBUF, message.SerializeToString(), names
    return "/v1/traces", JSON, json.dumps(otlp_json(message)).encode(), names


def post_until_acknowledged(feed: Feed, history: History, batch: int) -> None:
    """Send one batch again and again, as a connector does, until it is acknowledged."""
    path, content_type, body, names = request_of(batch)
    headers = {"Authorization": f"Bearer {feed.key}", "Content-Type": content_type}
    status: int | None = None

    def sent() -> bool:
        nonlocal status
        history.begin(names)
        try:
            asked = urllib.request.Request(f"{feed.url}{path}", data=body, headers=headers)  # noqa: S310
            with urllib.request.urlopen(asked, timeout=15) as answer:  # noqa: S310
                status = answer.status
        except urllib.error.HTTPError as refused:
            status = refused.code
        except OSError:
            status = None  # reset or timed out: whether it was kept is not known
        history.end(names, status)
        return status is not None and status not in AGAIN

    assert wait_until(sent, seconds=90, every=0.1)
    assert status == 200


def post_until_over(feed: Feed, history: History, batches: Iterator[int]) -> None:
    """Post one batch after the other until the drill is over, so that a kill always meets a load."""
    while not history.over:
        post_until_acknowledged(feed, history, next(batches))


def kill_database(start: Start) -> None:
    """Kill the server and all its processes, as a lost machine would; the first one first."""
    first = process_numbers(start, "bin/postgres -D")
    assert first
    kill([*first, *(process_numbers(start, "postgres: ") - first)])


def kill_under_load(start: Start, history: History) -> None:
    """Kill the database once enough more is acknowledged and a request is under way."""
    enough = len(history.acknowledged) + BETWEEN_KILLS
    assert wait_until(
        lambda: len(history.acknowledged) >= enough and history.under_way > 0, seconds=120, every=0.001
    )
    kill_database(start)


def rows(up: Started, sql: str) -> list[str]:
    with psycopg.connect(up.database_url()) as connection:
        return [row[0] for row in connection.execute(sql.encode()).fetchall()]


def is_empty(up: Started, which: str) -> bool:
    return rows(up, f"SELECT id::text FROM {which} LIMIT 1") == []


def test_t01_what_was_acknowledged_survives_every_death_of_the_database_once(start: Start) -> None:
    up = start.up_again(**SETTINGS)
    up.wait_said("Ready on")
    feed, history = feed_of(start, up), History()

    batches = itertools.count()  # shared: next() of it is one step under the interpreter's lock
    with ThreadPoolExecutor(CLIENTS) as clients:
        posting = [clients.submit(post_until_over, feed, history, batches) for _ in range(CLIENTS)]
        try:
            for _ in range(KILLS):
                kill_under_load(start, history)
                assert wait_until(
                    lambda: get(f"{up.url}/readyz")[0] == 200, seconds=READY_WITHIN_SECONDS, every=0.2
                )
        finally:
            history.over = True
        for one in posting:
            one.result(timeout=120)

    assert wait_until(partial(is_empty, up, "inbox WHERE done_at IS NULL"), seconds=120, every=0.5)
    kept = rows(up, "SELECT attributes->>'code' FROM fact") + rows(
        up, "SELECT encode(span_id, 'hex') FROM span"
    )
    assert len(history.acknowledged) >= KILLS * BETWEEN_KILLS
    assert history.acknowledged == history.attempted  # each client went on until its last batch was taken
    assert history.acknowledged - set(kept) == set()  # lost
    assert set(kept) - history.attempted == set()  # unexpected
    assert len(kept) == len(set(kept))  # counted twice
    assert history.refusals <= AGAIN
    assert is_empty(up, "inbox_parked")
