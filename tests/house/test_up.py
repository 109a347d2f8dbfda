"""`manage.py up`: everything runs, is kept running, and ends with it."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from argparse import ArgumentParser
from functools import partial
from pathlib import Path

import pytest

from observability.embedded.children import wait_until
from observability.embedded.installation import check_port
from observability.embedded.problems import EmbeddedError
from observability.management.commands.up import add_options
from tests.house.conftest import PROJECT, Start, kill, processes_naming
from tests.ingest.serving import free_port

KEPT = ("bin/postgres -D", "valkey-server", "gunicorn", "--queues ingest", "observability.celery beat")


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as exc:
        return exc.code, exc.read().decode()
    except OSError as exc:
        return 0, str(exc)


def process_numbers(start: Start, words: str) -> set[int]:
    return {int(line.split()[0]) for line in processes_naming(str(start.folder)) if words in line}


def is_someone_new(start: Start, words: str, before: set[int]) -> bool:
    return bool(process_numbers(start, words) - before)


def in_another_shell(start: Start, *argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), *argv],
        env=start.environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_becomes_ready_says_so_and_stops_all_of_it(start: Start) -> None:
    up = start.up()
    up.wait_said(f"Ready on {up.url}")

    assert wait_until(lambda: get(f"{up.url}/readyz")[1].startswith("ready\n"), seconds=60)
    status, words = get(f"{up.url}/readyz")
    assert status == 200
    assert "broker: answers" in words
    assert "audit: rows can only be added" in words
    assert get(f"{up.url}/livez") == (200, "alive\n")

    assert up.end(signal.SIGINT) == 0
    assert not processes_naming(str(start.folder))


def test_another_shell_finds_its_servers_and_loses_them_with_it(start: Start) -> None:
    up = start.up_again()
    up.wait_said("Ready on")
    show = (
        "import dataclasses, json; from django.conf import settings;"
        "print(json.dumps(dataclasses.asdict(settings.SERVERS)))"
    )

    found = in_another_shell(start, "shell", "--no-imports", "-c", show).stdout.strip()
    state = json.loads((up.data / "servers.json").read_text())
    assert json.loads(found) | {"pid": state["pid"]} == state  # of the audit anchors, too
    assert Path(state["anchors_dir"]).is_relative_to(up.data)
    assert in_another_shell(start, "migrate", "--check").returncode == 0

    up.end(signal.SIGKILL)
    assert wait_until(lambda: not processes_naming(str(start.folder)), seconds=60)
    assert in_another_shell(start, "shell", "--no-imports", "-c", show).stdout.strip() != found


def test_killed_outright_it_leaves_nothing_running_and_starts_again(start: Start) -> None:
    first = start.up_again()
    first.wait_said("Ready on")

    first.end(signal.SIGKILL)

    assert wait_until(lambda: not processes_naming(str(start.folder)), seconds=60)
    second = start.up(first.data)
    second.wait_said("Ready on")
    assert second.end(signal.SIGTERM) == 0


def test_what_dies_is_started_again(start: Start) -> None:
    up = start.up_again()
    up.wait_said("Ready on")

    for words in KEPT:
        # Whoever needed the one before may have gone with it, and be on its way back.
        assert wait_until(partial(is_someone_new, start, words, set()), seconds=60)
        before = process_numbers(start, words)
        kill(before)
        assert wait_until(partial(is_someone_new, start, words, before), seconds=60)
    assert wait_until(lambda: get(f"{up.url}/readyz")[1].startswith("ready\n"), seconds=60)


def test_a_second_start_on_the_same_data_is_refused_in_words(start: Start) -> None:
    first = start.up_again()
    first.wait_said("Starting web")

    start.port = free_port()
    second = start.up(first.data)

    second.wait_said(f"already in use by process {first.process.pid}")
    assert second.process.wait(timeout=60) == 1


def test_a_taken_port_is_said_before_anything_starts(start: Start) -> None:
    with socket.create_server(("127.0.0.1", start.port)):
        up = start.up()
        up.wait_said(f"Port {start.port} is taken by another program")
        assert up.process.wait(timeout=60) == 1
    assert not (up.data / "postgres").exists()


@pytest.mark.parametrize("port", [-1, 0, 65_536])
def test_a_number_that_is_no_port_is_said(port: int) -> None:
    with pytest.raises(EmbeddedError, match=f"^{port} is not a port"):
        check_port("127.0.0.1", port)


def test_a_folder_is_meant_where_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    parser = ArgumentParser()
    add_options(parser)

    assert parser.parse_args(["--data", "mine"]).data == tmp_path / "mine"


def test_given_servers_are_used_and_none_started(start: Start) -> None:
    proxy = "http://127.0.0.1:9"  # on the way to the world, not to ourselves
    database, redis = os.environ["DATABASE_URL"], os.environ["REDIS_URL"]
    up = start.up(DATABASE_URL=database, REDIS_URL=redis, http_proxy=proxy, no_proxy="")
    up.wait_said("Ready on")
    assert not (up.data / "postgres").exists()
    assert not (up.data / "valkey").exists()
    assert up.end(signal.SIGTERM) == 0
