"""Installations of their own for these tests: they get killed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from observability.embedded.children import wait_until

PROJECT = Path(__file__).resolve().parents[2]


@dataclass
class Started:
    """A command of ours under test."""

    process: subprocess.Popen[str]
    output: Path
    data: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_said(self, words: str, seconds: float = 60) -> None:
        wait_until(lambda: words in self.said() or self.process.poll() is not None, seconds=seconds)
        assert words in self.said()

    def end(self, number: signal.Signals, seconds: float = 10) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="throughline-house-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def environment(public_folder: Path) -> dict[str, str]:
    """An environment without the test servers, that leaves this checkout's own note alone."""
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")}
    return {**kept, "THROUGHLINE_VAR": str(public_folder / "var"), "PYTHONPATH": str(PROJECT)}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def start(public_folder: Path, environment: dict[str, str], free_port: int) -> Iterator["Start"]:
    starter = Start(public_folder, environment, free_port)
    yield starter
    for one in starter.all:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
    assert wait_until(lambda: not processes_naming(str(public_folder)), seconds=30)


@dataclass
class Start:
    """Starts commands of ours and ends them with the test."""

    folder: Path
    environment: dict[str, str]
    port: int

    def __post_init__(self) -> None:
        self.all: list[Started] = []

    def up(self, data: Path | None = None, **environment: str) -> Started:
        """`manage.py up` on `data`; returns at once."""
        data = data or self.folder / "a data"
        argv = [str(PROJECT / "manage.py"), "up", "--port", str(self.port), "--data", str(data)]
        return self.python(*argv, data=data, environment={**self.environment, **environment})

    def python(self, *argv: str, data: Path, environment: dict[str, str] | None = None) -> Started:
        output = self.folder / f"output-{len(self.all)}"
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, *argv],
                env=environment or self.environment,
                cwd="/",
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        started = Started(process, output, data, self.port)
        self.all.append(started)
        return started


def processes_naming(text: str) -> list[str]:
    """Return the command lines of living processes whose environment, command or folder names `text`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            around = (entry / "environ").read_bytes().decode(errors="replace")
            works_in = str((entry / "cwd").readlink())
        except OSError:
            continue
        if entry.name != str(os.getpid()) and text in command + around + works_in:
            found.append(f"{entry.name} {command}")
    return found


def ordinary_user() -> pwd.struct_passwd:
    """Return a user who is not root: nobody where we are root, else ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
