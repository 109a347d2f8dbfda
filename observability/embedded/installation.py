"""The whole product on one machine: servers, migrations, web, workers and beat, as one start."""

import os
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from observability import env
from observability.embedded import children, pair
from observability.embedded.problems import EmbeddedError
from observability.embedded.supervisor import Program, Supervisor, ignore_signals, stop_on_signals

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120.0
QUIET = ("--loglevel", "WARNING")
# No proxy that leads to the package index leads back to this machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Alerts and replays have a worker of their own, so that they never wait behind figures.
WORKERS = (("ingest", "ingest", 2), ("alerts", "alerts,replay", 1), ("kpi", "kpi", 1))


@dataclass(frozen=True, slots=True)
class Options:
    """What a person may choose."""

    data: Path
    port: int
    host: str = "127.0.0.1"
    fresh: bool = False

    @property
    def url(self) -> str:
        """Where the product answers."""
        return f"http://{self.host}:{self.port}"


class Installation:
    """One running installation; `start` it, `supervisor.run()` it, `stop` it, all in the main thread."""

    def __init__(self, options: Options, say: Callable[[str], None]) -> None:
        self.options = options
        self.say = say
        self.pair: pair.Pair | None = None
        self.logs = options.data.absolute() / "logs"
        self.supervisor = Supervisor()

    def start(self, prepare: Sequence[Sequence[str]] = ()) -> None:
        """Start everything and return once it answers as ready; raise EmbeddedError if it does not.

        `prepare` are management commands to run after the migrations, their words passed on.
        """
        stop_on_signals()
        check_port(self.options.host, self.options.port)
        self.say("Starting the database and the broker")
        self.pair = pair.start(
            self.options.data,
            fresh=self.options.fresh,
            database_url=env.text("DATABASE_URL", ""),
            redis_url=env.text("REDIS_URL", ""),
        )
        pair.announce(self.pair)
        if self.pair.postgres:
            self.supervisor.adopt(self.pair.postgres)
        if self.pair.valkey:
            self.supervisor.adopt(self.pair.valkey)
        self.manage("migrate", "--verbosity", "0")
        for command in prepare:
            self.manage(*command)
        self.say("Starting web, workers and beat")
        for program in self._programs():
            self.supervisor.add(program)
        self._wait_ready()

    def stop(self) -> None:
        """Stop all that was started; safe to call at any point of a start."""
        ignore_signals()
        self.supervisor.stop()
        if self.pair:
            self.pair.stop()

    def keep(self, *command: str) -> None:
        """Keep one more management command running."""
        self.supervisor.add(self._managed(command[0], command))

    def manage(self, *command: str) -> None:
        """Run one management command to its end, its words passed on; raise EmbeddedError if it fails."""
        program = self._managed("command", command)
        child = children.start(program.argv, env=program.environment, cwd=program.folder)
        try:
            child.wait()
        finally:
            children.stop(child, patience_seconds=2)
        if child.returncode != 0:
            raise EmbeddedError(f"manage.py {' '.join(command)} failed: the lines above say why.")

    def _programs(self) -> list[Program]:
        bind = f"{self.options.host}:{self.options.port}"
        gunicorn = ("-m", "gunicorn", "--config", str(PROJECT / "deploy/gunicorn.conf.py"), "--bind", bind)
        size = (
            *("--workers", str(env.integer("THROUGHLINE_WEB_PROCESSES", 2))),
            *("--threads", str(env.integer("THROUGHLINE_WEB_THREADS", 4))),
        )
        celery = ("-m", "celery", "--app", "observability.celery")
        programs = [self._program("web", "web", *gunicorn, *size, "observability.wsgi:application")]
        for name, queues, processes in WORKERS:
            argv = (*celery, "worker", "--queues", queues, "--concurrency", str(processes))
            alone = ("--hostname", f"{name}@%h", "--without-gossip", "--without-mingle", *QUIET)
            programs.append(self._program(f"worker-{name}", "worker", *argv, *alone))
        programs.append(self._program("beat", "beat", *celery, "beat", "--pidfile=", *QUIET))
        return programs

    def _managed(self, name: str, command: Sequence[str]) -> Program:
        return self._program(name, "command", str(PROJECT / "manage.py"), *command)

    def _program(self, name: str, process: str, *argv: str) -> Program:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "THROUGHLINE_PROCESS": process}
        environment.update(self.pair.environment if self.pair else {})
        environment.setdefault("DJANGO_SETTINGS_MODULE", "observability.settings")
        return Program(name, (sys.executable, *argv), environment=environment, folder=PROJECT, logs=self.logs)

    def _wait_ready(self) -> None:
        if not children.wait_until(self._is_ready, seconds=READY_SECONDS, every=0.1):
            raise EmbeddedError(children.last_words("The web server is not ready", self.logs / "web.log"))

    def _is_ready(self) -> bool:
        try:
            with DIRECT.open(f"{self.options.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def check_port(host: str, port: int) -> None:
    """Raise EmbeddedError where `port` cannot be listened on."""
    if not 1 <= port <= 65_535:
        raise EmbeddedError(f"{port} is not a port: choose one from 1024 to 65535 with --port.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise EmbeddedError(f"Port {port} is root's: choose one above 1023 with --port.") from None
        except OSError as exc:
            raise EmbeddedError(
                f"Port {port} is taken by another program ({exc.strerror}): choose another with --port."
            ) from None
