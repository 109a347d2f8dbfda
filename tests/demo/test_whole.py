"""The whole demonstration: started on nothing, looked at, stopped, and started again on what is there."""

import re
import signal
from collections.abc import Iterator

import psycopg
import pytest

from tests.house.conftest import PROJECT, Start, Started, installations, processes_naming


@pytest.fixture
def start() -> Iterator[Start]:
    yield from installations()


def demo(start: Start, *options: str) -> Started:
    data = start.folder / "data"
    argv = [str(PROJECT / "manage.py"), "demo", "--port", str(start.port), "--data", str(data), *options]
    return start.python(*argv, data=data)


def number(url: str, query: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.slow
def test_a_start_has_thirty_days_and_the_next_start_posts_none_of_them_again(start: Start) -> None:
    first = demo(start, "--no-traffic")
    first.wait_said("Ctrl-C stops all of it", seconds=240)
    posted = re.search(r"Posted ([\d,]+) items", first.said())

    assert posted is not None
    assert int(posted[1].replace(",", "")) > 90_000
    assert "refused" not in first.said()
    assert "All of it can be seen" in first.said()
    assert "eva" in first.said()
    events = number(first.database_url(), "SELECT count(*) FROM event")
    assert events > 80_000
    assert number(first.database_url(), "SELECT count(*) FROM transaction WHERE phase = 'failed'") > 500
    assert first.end(signal.SIGINT, seconds=20) == 0
    assert not processes_naming(str(start.folder))

    again = demo(start, "--no-traffic")
    again.wait_said("Ctrl-C stops all of it", seconds=120)
    assert number(again.database_url(), "SELECT count(*) FROM event") < events + 2_000
    assert number(again.database_url(), "SELECT coalesce(sum(duplicates + conflicts), 0) FROM inbox") == 0
    assert again.end(signal.SIGINT, seconds=20) == 0
