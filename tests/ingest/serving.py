"""A real gunicorn over the test database, for what Django's test client cannot do: chunks, clients, kills."""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import connection

from observability.embedded.children import start, stop, wait_until

PROJECT = Path(__file__).resolve().parents[2]


class Server:
    """A running web server of ours."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def request(
        self, path: str, body: Any, headers: dict[str, str], *, method: str = "POST"
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request; an iterable body goes out in chunks."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            link.request(method, path, body=body, headers=headers)
            answer = link.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            link.close()


def free_port() -> int:
    """Return a port nobody listens on.

    It lies below those that the kernel gives to clients and to whoever asks for any: until it is used, nobody
    is handed it by chance, and a client that asks for it too early meets nobody, not itself.
    """
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def database_url(*, host: str | None = None, port: str | None = None) -> str:
    """Return the address of the database of this very test, perhaps by way of a proxy."""
    said = connection.settings_dict
    where = f"host={quote(host or str(said['HOST']), safe='')}&port={port or said['PORT']}"
    return f"postgresql://{said['USER']}@/{said['NAME']}?{where}"


@contextmanager
def serving(
    *, port: int | None = None, database: str | None = None, log: Path = Path(os.devnull), **settings: str
) -> Iterator[Server]:
    """Run gunicorn with one worker of four threads until the block ends."""
    port = port or free_port()
    env = os.environ | {
        "DATABASE_URL": database or database_url(),
        "DJANGO_SETTINGS_MODULE": "observability.settings",
        "THROUGHLINE_PROCESS": "web",
        **settings,
    }
    options = ["--config", str(PROJECT / "deploy/gunicorn.conf.py"), "--workers", "1", "--threads", "4"]
    where = ["--bind", f"127.0.0.1:{port}", "observability.wsgi:application"]
    argv = [sys.executable, "-m", "gunicorn", *options, *where]
    with log.open("ab") as file:
        process = start(argv, env=env, cwd=PROJECT, log=file)
    server = Server(process, port)
    try:
        assert wait_until(lambda: _answers(server), seconds=60), "the server does not answer"
        yield server
    finally:
        stop(process, patience_seconds=10, ask=signal.SIGTERM)


def _answers(server: Server) -> bool:
    try:
        return server.request("/livez", None, {}, method="GET")[0] == 200
    except OSError:
        return False
