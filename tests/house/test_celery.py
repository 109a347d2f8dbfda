"""Settings of Celery that keep an outage of the broker from becoming one of ours."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from kombu.exceptions import OperationalError
from pytest_django import Settings

from observability.celery import app
from observability.core.broker import PING_SECONDS, answers, celery_address
from observability.embedded.children import wait_until
from observability.embedded.installation import WORKERS
from observability.embedded.places import prepare
from observability.embedded.valkey import Valkey
from observability.schedule import SCHEDULE
from tests.house.conftest import PROJECT, processes_naming

# A supervisor that says when its worker cannot reach the broker, and then waits to be killed.
SUPERVISES = """
import os, sys, time
from pathlib import Path
from observability.embedded.supervisor import Program
worker = Program("worker", sys.argv[2:], environment=os.environ, folder=Path("/"),
                 logs=Path(sys.argv[1]))
worker.start()
time.sleep(600)
"""


@pytest.fixture
def valkey(public_folder: Path) -> Iterator[Valkey]:
    sockets = public_folder / "s"
    sockets.mkdir()
    server = Valkey(prepare(public_folder), sockets)
    server.start()
    yield server
    send(server, signal.SIGCONT)
    server.stop()


def send(server: Valkey, number: signal.Signals) -> None:
    assert server.child is not None
    server.child.send_signal(number)


def test_a_unix_socket_is_spelled_as_celery_wants_it() -> None:
    assert celery_address("unix:///run/v.sock?db=3") == "redis+socket:///run/v.sock?virtual_host=3"
    assert celery_address("redis://example.org:6379/1") == "redis://example.org:6379/1"


def test_every_task_of_the_schedule_exists_and_has_a_worker() -> None:
    app.loader.import_default_modules()
    served = {queue for _, queues, _ in WORKERS for queue in queues.split(",")}
    assert [entry.task for entry in SCHEDULE if entry.task not in app.tasks] == []
    assert {entry.queue for entry in SCHEDULE} <= served


def test_results_are_kept_nowhere_and_only_json_is_read() -> None:
    assert not app.conf.result_backend
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_acks_late
    assert not app.conf.task_reject_on_worker_lost


def test_visibility_outlasts_two_of_the_longest_tasks() -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] > 2 * app.conf.task_time_limit


def test_a_frozen_broker_is_known_within_a_second(valkey: Valkey, settings: Settings) -> None:
    settings.REDIS_URL = valkey.url
    assert answers()

    send(valkey, signal.SIGSTOP)

    assert not answers()  # it would wait for ever
    assert PING_SECONDS <= 1


def test_t12_publishing_to_a_frozen_broker_gives_up_within_six_seconds(valkey: Valkey) -> None:
    options = app.conf.broker_transport_options
    assert options["socket_timeout"] < 6
    assert (app.conf.task_publish_retry, options["retry_on_timeout"]) == (False, False)  # it waits but once

    waits_less = {**options, "socket_timeout": 0.2}
    address = celery_address(valkey.url)
    with app.connection_for_write(url=address, transport_options=waits_less) as connection:
        app.send_task("house.nothing", connection=connection)
        send(valkey, signal.SIGSTOP)

        with pytest.raises((OperationalError, OSError)):
            app.send_task("house.nothing", connection=connection)


@pytest.mark.parametrize(
    ("program", "waits"),
    [
        (("worker", "--pool", "solo"), "Cannot connect to"),
        (("beat", "--pidfile="), "beat_without_database"),
    ],
    ids=["worker", "beat"],
)
def test_who_waits_for_dead_servers_leaves_with_its_supervisor(
    program: tuple[str, ...], waits: str, public_folder: Path
) -> None:
    argv = (sys.executable, "-m", "celery", "--app", "observability.celery", *program)
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://nobody@/nothing?host={public_folder}",
        "REDIS_URL": f"unix://{public_folder}/nobody.sock",
        "THROUGHLINE_WORKER_LEAVE_SECONDS": "0.2",
        "PYTHONPATH": str(PROJECT),
    }
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISES, str(public_folder), *argv], env=environment, cwd="/"
    )
    log = public_folder / "worker.log"
    assert wait_until(lambda: log.exists() and waits in log.read_text(), seconds=60)

    supervisor.kill()
    supervisor.wait()

    assert wait_until(lambda: not processes_naming(str(public_folder)), seconds=60)
