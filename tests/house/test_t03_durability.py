"""T03: a server that would lose commits is noticed within 30 s, and nothing is accepted on it."""

from collections.abc import Iterator
from functools import partial

import psycopg
import pytest

from observability.embedded.children import wait_until
from tests.house.conftest import Started, installations
from tests.house.connector import Feed, feed_of
from tests.house.test_up import get

NOTICED_WITHIN_SECONDS = 30.0
PERIODS = {"THROUGHLINE_DURABILITY_CHECK_SECONDS": "1", "THROUGHLINE_INGEST_PRESSURE_SECONDS": "1"}
# What weakens the server, and what undoes it.
SERVER = ("ALTER SYSTEM SET {name} = off", "ALTER SYSTEM RESET {name}")
DATABASE = ("ALTER DATABASE throughline SET {name} = off", "ALTER DATABASE throughline RESET {name}")
ROLE = ("ALTER ROLE app SET {name} = off", "ALTER ROLE app RESET {name}")
ROLE_HERE = (
    "ALTER ROLE app IN DATABASE throughline SET {name} = off",
    "ALTER ROLE app IN DATABASE throughline RESET {name}",
)
CASES = [
    pytest.param("fsync", SERVER, id="fsync"),
    pytest.param("full_page_writes", SERVER, id="full_page_writes"),
    pytest.param("synchronous_commit", SERVER, id="synchronous_commit"),
    pytest.param("synchronous_commit", DATABASE, id="synchronous_commit-of-database"),
    pytest.param("synchronous_commit", ROLE, id="synchronous_commit-of-role"),
    pytest.param("synchronous_commit", ROLE_HERE, id="synchronous_commit-of-role-in-database"),
]


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Started, Feed]]:
    for start in installations():
        started = start.up_again(**PERIODS)
        started.wait_said("Ready on")
        yield started, feed_of(start, started)


def do(up: Started, sql: str) -> None:
    with psycopg.connect(up.owner_url(), autocommit=True) as connection:
        connection.execute(sql.encode())
        connection.execute("SELECT pg_reload_conf()")


def every_process_says(up: Started, status: int, words: str) -> bool:
    """Ask as often as it takes to meet each of the web processes, which look each for itself."""
    answers = [get(f"{up.url}/readyz") for _ in range(8)]
    return all(answer[0] == status and words in answer[1] for answer in answers)


def every_process_refuses(feed: Feed) -> bool:
    return all(status == 503 and "not_durable" in words for status, words in (feed.post(0) for _ in range(8)))


@pytest.mark.parametrize(("name", "how"), CASES)
def test_a_server_that_would_lose_commits_takes_us_out_of_service(
    name: str, how: tuple[str, str], running: tuple[Started, Feed]
) -> None:
    up, feed = running
    weaken, undo = (sql.format(name=name) for sql in how)
    do(up, weaken)
    try:
        words = f"commits do not last, so ingest refuses: {name} is off"
        assert wait_until(partial(every_process_says, up, 503, words), seconds=NOTICED_WITHIN_SECONDS)
        assert wait_until(partial(every_process_refuses, feed), seconds=NOTICED_WITHIN_SECONDS)
    finally:
        do(up, undo)
    words = "durability: commits last"
    assert wait_until(partial(every_process_says, up, 200, words), seconds=NOTICED_WITHIN_SECONDS)
    assert wait_until(lambda: feed.post(0)[0] == 200, seconds=NOTICED_WITHIN_SECONDS)
