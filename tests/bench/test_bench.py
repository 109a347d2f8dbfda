"""The benchmark itself: each kind runs over real processes and tells every figure; none is judged here."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings

from observability.bench.kinds import KINDS

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
SCALE = "0.001"
FIGURES = (
    "events_per_second", "copy_rows_per_second", "ratio_to_copy", "p50_ms", "p95_ms", "cpu_seconds", "rss_mb",
    "wal_bytes_per_event",
)  # fmt: skip
MEASURED = {
    "drain": {"drain burst", "drain sustained"},
    "ingest": {"ingest spans", "ingest events", "ingest large bodies"},
    "pipeline": {"pipeline"},
    "search": {"search token", "search trace", "search page", "list page"},
    "board": {"board, 30 days", "board, 365 days", "measure, 30 days"},
}


def manage(database: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command over `database` of the tests' server."""
    address = urlsplit(os.environ["DATABASE_URL"])
    env = os.environ | {
        "DATABASE_URL": address._replace(path=f"/{database}").geturl(),
        "THROUGHLINE_LOG_LEVEL": "ERROR",
    }
    argv = [sys.executable, str(MANAGE), *words]
    return subprocess.run(argv, env=env, capture_output=True, text=True, check=False)


def on_server(statement: str, address: str = settings.SERVERS.database_url) -> None:
    """Say one statement to the tests' server."""
    with psycopg.connect(address, autocommit=True) as link:
        link.execute(statement)


def drop(name: str) -> None:
    """Take a database away; the owner may also end the server's own vacuum that looks at it just then."""
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)', settings.SERVERS.owner_url)


@pytest.fixture(scope="module")
def migrated() -> Iterator[str]:
    """A database with our tables and nothing in them."""
    name = f"bench_template_{os.getpid()}"
    on_server(f'CREATE DATABASE "{name}"')
    done = manage(name, "migrate", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    yield name
    drop(name)


@pytest.fixture
def scratch(migrated: str) -> Iterator[str]:
    """A copy of it for one test."""
    name = f"bench_{os.getpid()}"
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{migrated}"')
    yield name
    drop(name)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_tells_every_figure(scratch: str, kind: str) -> None:
    done = manage(scratch, "bench", kind, "--here", "--scale", SCALE, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert {result["name"] for result in said["results"]} == MEASURED[kind]
    assert said["machine"]["cores"]
    for result in said["results"]:
        for figure in FIGURES:
            assert math.isfinite(result[figure]), (result["name"], figure)
            assert result[figure] >= 0, (result["name"], figure)
        for figure in ("events", "seconds", "events_per_second", "copy_rows_per_second", "rss_mb", "p95_ms"):
            assert result[figure] > 0, (result["name"], figure)


def test_a_database_with_something_in_it_is_left_alone(scratch: str) -> None:
    made = manage(scratch, "bench", "board", "--here", "--scale", SCALE)
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("name ")
    again = manage(scratch, "bench", "board", "--here", "--scale", SCALE)
    assert again.returncode == 1
    assert "This database is not empty" in again.stderr
