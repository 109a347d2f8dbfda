"""T05, the long drill: the disk of a whole installation fills up, to the last byte of the log of writes."""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from observability.embedded.children import wait_until
from tests.build.outages import mount, unmount
from tests.house.conftest import Start, Started
from tests.house.connector import Feed, feed_of
from tests.house.test_t01_database_killed import is_empty
from tests.house.test_up import process_numbers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not os.environ.get("THROUGHLINE_DRILLS"),
        reason="a drill of minutes: THROUGHLINE_DRILLS=1 bin/test -m slow",
    ),
]
DISK_KIB = 700 * 1024
ACCEPTED, REFUSALS = 400, 8
# The guard that refuses long before the disk is full is off: what is shown here is what it spares us.
SETTINGS = {"THROUGHLINE_INGEST_DISK_FREE_BYTES": "0", "THROUGHLINE_DRAIN_LEASE_SECONDS": "2"}


@pytest.fixture
def disk() -> Iterator[Path]:
    place = mount(DISK_KIB)
    yield place
    unmount(place)


def fill(disk: Path) -> Path:
    """Fill the disk to its last byte; return what has to go again."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            pass
    assert shutil.disk_usage(disk).free < 65_536
    return filler


def use_up_the_log(up: Started) -> None:
    """Write until the log of writes wants another file: for want of room the server goes down."""
    owner = psycopg.connect(up.owner_url(), autocommit=True)
    with contextlib.suppress(psycopg.OperationalError):
        while True:
            owner.execute("SELECT pg_switch_wal()")
            owner.execute("SELECT pg_logical_emit_message(true, 'drill', repeat('x', 100000))")
    assert owner.broken


@contextlib.contextmanager
def held(workers: set[int]) -> Iterator[None]:
    """Stop these processes where they are, so that work is there for them when they go on."""
    assert workers
    for number in workers:
        os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        for number in workers:
            os.kill(number, signal.SIGCONT)


def status_of(feed: Feed, batch: int) -> int:
    """Post one batch; 0 where nobody answers."""
    try:
        return feed.post(batch)[0]
    except OSError:
        return 0


def test_t05_a_disk_that_is_full_for_everybody_loses_nothing_and_is_over_by_itself(
    disk: Path, start: Start
) -> None:
    up = start.up(disk / "data", **SETTINGS)
    up.wait_said("Ready on", seconds=180)
    feed = feed_of(start, up)
    with held(process_numbers(start, "--queues ingest")):
        acknowledged = [batch for batch in range(ACCEPTED) if status_of(feed, batch) == 200]
        assert len(acknowledged) == ACCEPTED
        filler = fill(disk)
    # First there is no room for what is to be applied, then none for the log of writes.
    answers = {batch: status_of(feed, batch) for batch in range(ACCEPTED, ACCEPTED + REFUSALS)}
    use_up_the_log(up)
    more = range(ACCEPTED + REFUSALS, ACCEPTED + 2 * REFUSALS)
    answers |= {batch: status_of(feed, batch) for batch in more}
    filler.unlink()

    assert {answers[batch] for batch in more} == {503}
    assert set(answers.values()) <= {200, 503}
    acknowledged += [batch for batch, status in answers.items() if status == 200]
    assert wait_until(lambda: status_of(feed, more.stop) == 200, seconds=120, every=0.5)
    assert wait_until(partial(is_empty, up, "inbox WHERE done_at IS NULL"), seconds=120, every=0.5)
    with psycopg.connect(up.database_url()) as database:
        kept = database.execute("SELECT count(*) FROM event").fetchone()
        parked = database.execute("SELECT count(*) FROM inbox_parked").fetchone()
    assert kept == (5 * (len(acknowledged) + 1),)
    assert parked == (0,)
