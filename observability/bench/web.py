"""The web server as installations run it, on this machine only, and clients that post to it."""

import contextlib
import http.client
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL
from typing import Any

from observability.bench import processes
from observability.bench.bodies import Body
from observability.bench.report import rss_mb
from observability.embedded import children
from observability.embedded.problems import EmbeddedError

HOST = "127.0.0.1"
CONFIG = Path("deploy") / "gunicorn.conf.py"
WORKERS = 2  # of CONFIG
START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Web:
    """A running web server."""

    pid: int
    port: int

    @property
    def workers(self) -> list[int]:
        """The processes that answer."""
        return processes.children_of(self.pid)

    def cpu_seconds(self) -> float:
        """Return the processor time of its workers."""
        return sum(map(processes.cpu_seconds_of, self.workers))

    def rss_mb(self) -> float:
        """Return the peak memory of the worker that had most."""
        return max(map(rss_mb, self.workers))


@contextmanager
def serving() -> Iterator[Web]:
    """Run gunicorn with the settings of deploy/ until the block ends."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    argv = [sys.executable, "-m", "gunicorn", "-c", str(CONFIG), "--bind", f"{HOST}:{port}"]
    env = processes.environment(THROUGHLINE_PROCESS="web")
    process = children.start(argv, env=env, cwd=processes.PROJECT, log=DEVNULL)
    web = Web(process.pid, port)
    try:
        if not children.wait_until(lambda: _ready(web), seconds=START_SECONDS):
            raise EmbeddedError("the web server of the bench does not answer")
        yield web
    finally:
        children.stop(process, patience_seconds=STOP_SECONDS)
        children.kill_session(process)


def _ready(web: Web) -> bool:
    link = http.client.HTTPConnection(HOST, web.port, timeout=5)
    try:
        link.request("GET", "/livez")
        return link.getresponse().status == 200 and len(web.workers) == WORKERS
    except OSError:
        return False
    finally:
        link.close()


class Link:
    """One connection that stays open."""

    def __init__(self, web: Web, key: str) -> None:
        self.connection = http.client.HTTPConnection(HOST, web.port, timeout=ANSWER_SECONDS)
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, body: Body, text: bytes) -> tuple[int, float, str]:
        """Post a body; return status, milliseconds and receipt."""
        headers = {**self.headers, "Content-Type": body.content_type}
        began = time.perf_counter()
        # A server that refuses a body before it has read it closes: its answer may be there all the same.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.request("POST", body.path, body=text, headers=headers)
        answer = self.connection.getresponse()
        said = answer.read()
        took = (time.perf_counter() - began) * 1_000
        receipt = answer.headers.get("Throughline-Receipt") or ""
        if answer.status == 200 and answer.headers.get_content_type() == "application/json":
            receipt = json.loads(said).get("receipt") or ""
        return answer.status, took, receipt

    def status_of(self, receipt: str) -> str:
        """Ask what became of a request."""
        self.connection.request("GET", f"/api/v1/receipts/{receipt}", headers=self.headers)
        said: dict[str, Any] = json.loads(self.connection.getresponse().read())
        return str(said["status"])

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


@dataclass(slots=True)
class Posted:
    """What clients were answered, and how long each request took."""

    seconds: float = 0.0
    statuses: list[int] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)


def post_all(web: Web, key: str, body: Body, *, first: int, requests: int, links: int) -> Posted:
    """Post numbered bodies over several connections at once, each as soon as the last was answered."""
    found = Posted()
    numbers = iter(range(first, first + requests))
    lock = threading.Lock()

    def client() -> None:
        link = Link(web, key)
        while (n := _taken(numbers, lock)) is not None:
            status, took, _ = link.post(body, body.number(n))
            with lock:
                found.statuses.append(status)
                found.took_ms.append(took)
        link.close()

    began = time.perf_counter()
    together([client] * links)
    found.seconds = time.perf_counter() - began
    return found


def _taken(numbers: Iterator[int], lock: threading.Lock) -> int | None:
    with lock:
        return next(numbers, None)


def together(work: list[Callable[[], None]]) -> None:
    """Run each in a thread of its own and wait for all; raise the first failure."""
    failed: list[Exception] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except Exception as exc:  # noqa: BLE001 - raised again by who waits
            failed.append(exc)

    threads = [threading.Thread(target=guarded, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
