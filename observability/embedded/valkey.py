"""Run Valkey from its wheel as a child of this process, on a unix socket only."""

import os
import signal
import socket
import subprocess
from pathlib import Path
from urllib.parse import quote

from observability.embedded import children
from observability.embedded.accounts import current
from observability.embedded.places import Place
from observability.embedded.problems import EmbeddedError
from observability.embedded.programs import valkey_program

START_SECONDS = 30.0
STOP_SECONDS = 3.0


class Valkey:
    """One Valkey server on one data folder; start it from the main thread."""

    def __init__(self, place: Place, sockets: Path) -> None:
        self.data = place.home / "valkey"
        self.socket = sockets / "valkey.sock"
        self.log = place.logs / "valkey.log"
        self.program = valkey_program()
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address for REDIS_URL."""
        return f"unix://{quote(str(self.socket), safe='/')}?db=0"

    def start(self) -> None:
        """Start the server and wait until it has read its files; raise EmbeddedError if it cannot."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._can_write():
            raise EmbeddedError(
                f"{current().name} cannot write to {self.data}: start as its owner, "
                "or choose another folder with --data."
            )
        self.socket.unlink(missing_ok=True)
        with children.open_log(self.log) as log:
            self.child = children.start(self._command(), env={}, log=log, cwd=self.data)
        children.wait_until(lambda: not self.is_running() or self.answers(), seconds=START_SECONDS)
        if not self.is_running() or not self.answers():
            raise EmbeddedError(children.last_words("Valkey did not start", self.log))

    def is_running(self) -> bool:
        """Say whether our server process lives."""
        return self.child is not None and self.child.poll() is None

    def answers(self) -> bool:
        """Say whether the server answers a PING within a second."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        """Stop cleanly, files written."""
        if self.child is not None:
            children.stop(self.child, patience_seconds=STOP_SECONDS, ask=signal.SIGTERM)
            self.child = None

    def _can_write(self) -> bool:
        return all(os.access(path, os.W_OK) for path in (self.data, *self.data.rglob("*")))

    def _command(self) -> list[str | Path]:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "aof-load-truncated": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
        }
        argv: list[str | Path] = [self.program]
        for name, value in settings.items():
            argv += [f"--{name}", value]
        return argv
