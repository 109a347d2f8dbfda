"""Keep programs running: start them, start again what dies, stop them all within seconds."""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Protocol

from observability.embedded import children
from observability.embedded.problems import EmbeddedError

log = logging.getLogger(__name__)

# Tells a program the process that supervises it.
SUPERVISOR = "THROUGHLINE_SUPERVISOR"
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
# Who lived this long is well: its next death starts with the first pause again.
WELL_SECONDS = 60.0
STOP_SECONDS = 6.0
LOOK_EVERY_SECONDS = 0.2


class Stop(BaseException):
    """A signal asked us to stop; not an error, so nothing on the way may catch it as one."""


def stop_on_signals() -> None:
    """Turn SIGTERM, SIGINT and SIGHUP into Stop, raised once in the main thread."""

    def ask(number: int, frame: FrameType | None) -> None:
        ignore_signals()
        raise Stop

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, ask)


def ignore_signals() -> None:
    """Let no second Ctrl-C interrupt an orderly stop."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


class Server(Protocol):
    """Something that runs as a process of ours."""

    def start(self) -> None:
        """Start it."""

    def is_running(self) -> bool:
        """Say whether its process lives."""


class Program:
    """One program of ours: its command, its log, and its process while it runs."""

    def __init__(
        self, name: str, argv: Sequence[str], *, environment: Mapping[str, str], folder: Path, logs: Path
    ) -> None:
        self.name = name
        self.argv = argv
        self.environment = environment
        self.folder = folder
        self.log = logs / f"{name}.log"
        self.child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; what a dead predecessor had started must not go on beside it."""
        if self.child is not None:
            children.kill_session(self.child)
        environment = {**self.environment, SUPERVISOR: str(os.getpid())}
        with children.open_log(self.log) as log:
            self.child = children.start(self.argv, env=environment, log=log, cwd=self.folder)

    def is_running(self) -> bool:
        """Say whether its process lives."""
        return self.child is not None and self.child.poll() is None


@dataclass
class Kept:
    """A server and when it may be started again."""

    server: Server
    started_at: float
    pause_seconds: float = FIRST_PAUSE_SECONDS
    start_at: float | None = None


@dataclass
class Supervisor:
    """Keeps servers and programs alive; use it from the main thread only."""

    kept: list[Kept] = field(default_factory=list)

    def adopt(self, server: Server) -> None:
        """Keep a server that already runs, and that somebody else will stop."""
        self.kept.append(Kept(server, started_at=time.monotonic()))

    def add(self, program: Program) -> None:
        """Start a program and keep it from now on."""
        program.start()
        self.adopt(program)

    def run(self) -> None:
        """Keep everything running until Stop is raised."""
        while True:
            self.look(time.monotonic())
            time.sleep(LOOK_EVERY_SECONDS)

    def look(self, at: float) -> None:
        """Start again what died and has paused long enough at the monotonic time `at`."""
        for kept in self.kept:
            if kept.server.is_running():
                continue
            if kept.start_at is None:
                _note_death(kept, at)
            elif at >= kept.start_at:
                kept.started_at, kept.start_at = at, None
                try:
                    kept.server.start()
                except (EmbeddedError, OSError):
                    # A full disk, or killed once more on the way: no reason to stop everybody else.
                    log.warning("not_started", extra={"server": type(kept.server).__name__})

    def stop(self) -> None:
        """Ask every program to end, together, and kill what is left after the time for that."""
        servers = [kept.server for kept in self.kept]
        living = [server.child for server in servers if isinstance(server, Program) and server.child]
        self.kept.clear()
        for child in living:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        for child in living:
            children.stop(child, patience_seconds=max(0.0, end - time.monotonic()))
            children.kill_session(child)


def _note_death(kept: Kept, at: float) -> None:
    if at - kept.started_at >= WELL_SECONDS:
        kept.pause_seconds = FIRST_PAUSE_SECONDS
    kept.start_at = at + kept.pause_seconds
    kept.pause_seconds = min(kept.pause_seconds * 2, LONGEST_PAUSE_SECONDS)
