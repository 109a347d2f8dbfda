"""Processes that are measured: started over the bench's database, asked to end, and what they used."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import IO, Any
from urllib.parse import quote

from django.db import connection

from observability.embedded import children
from observability.embedded.problems import EmbeddedError

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Work:
    """What one process of ours did. Memory is its peak, processor time that of its work alone."""

    began: float  # seconds since 1970
    ended: float
    rows: int
    cpu_seconds: float
    rss_mb: float
    pass_ms: list[float] = field(default_factory=list)


class Child:
    """One process that runs a role of observability.bench.worker and reports when it ends."""

    def __init__(self, role: str, *words: str) -> None:
        self.log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by kill
        argv = [sys.executable, "-m", "observability.bench.worker", role, *words]
        self.process: Popen[bytes] = children.start(argv, env=environment(), cwd=PROJECT, log=self.log)

    def report(self, *, seconds: float = 3_600) -> Work:
        """Wait for its end and return what it did."""
        self.process.wait(timeout=seconds)
        self.log.seek(0)
        said = self.log.read().decode(errors="replace").strip()
        if self.process.returncode != 0:
            raise EmbeddedError(f"A process of the bench failed:\n{said[-2_000:]}")
        return Work(**json.loads(said.splitlines()[-1]))

    def stop(self) -> Work:
        """Ask it to end, and return what it did."""
        children.stop(self.process, patience_seconds=PATIENCE_SECONDS)
        return self.report()

    def kill(self) -> None:
        """End it however it is."""
        children.kill_session(self.process)
        self.process.wait()
        self.log.close()


@contextmanager
def running(*roles: Sequence[str]) -> Iterator[list[Child]]:
    """Run a process for each role, a name and its words; none is left when the block ends."""
    started: list[Child] = []
    try:
        for role, *words in roles:
            started.append(Child(role, *words))
        yield started
    finally:
        for child in started:
            child.kill()


def environment(**settings: str) -> dict[str, str]:
    """Return the environment of a process on the database that this one is connected to."""
    said = connection.settings_dict
    where = f"host={quote(str(said['HOST']), safe='')}&port={said['PORT']}"
    url = f"postgresql://{said['USER']}@/{said['NAME']}?{where}"
    return os.environ | {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "observability.settings",
        "THROUGHLINE_LOG_LEVEL": "WARNING",
        **settings,
    }


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds_of(pid: int) -> float:
    """Return the processor time of another process, in it and in the system for it."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def load() -> dict[str, Any]:
    """Say how busy the machine was: processes that wanted a processor, on average of a minute."""
    return {"load": round(os.getloadavg()[0], 2)}
