"""Installations of their own for these tests: they get killed."""

import atexit
import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from observability.embedded import pair
from observability.embedded.children import wait_until
from tests.ingest.serving import free_port

TEST_SERVERS = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "THROUGHLINE_AUDIT_ANCHORS_DIR")
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

    def database_url(self) -> str:
        return str(json.loads((self.data / "servers.json").read_text())["database_url"])

    def owner_url(self) -> str:
        return str(json.loads((self.data / "servers.json").read_text())["owner_url"])

    def redis_url(self) -> str:
        return str(json.loads((self.data / "servers.json").read_text())["redis_url"])

    def wait_said(self, words: str, seconds: float = 180) -> None:
        wait_until(lambda: words in self.said() or self.process.poll() is not None, seconds=seconds)
        assert words in self.said()

    def end(self, number: signal.Signals, seconds: float = 60) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user can enter, which pytest's own are not."""
    folder = make_public_folder()
    yield folder
    shutil.rmtree(folder)


def make_public_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="throughline-house-"))
    folder.chmod(0o755)
    return folder


@cache
def _made() -> Path:
    """Return the data of an installation as its first start leaves them, made once for all who run tests."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    folder = Path(tempfile.gettempdir()) / f"throughline-made-{run}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    data, made = folder / "data", folder / "made"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            running = pair.start(data)
            environment = {**os.environ, **running.environment}
            migrate = [sys.executable, str(PROJECT / "manage.py"), "migrate", "--verbosity", "0"]
            subprocess.run(migrate, env=environment, check=True)
            running.stop()
            made.touch()
    return data


def made_in(folder: Path) -> Path:
    """Put a database with our tables into `folder`, for tests that are not about its making."""
    data = folder / "made data"
    subprocess.run(["cp", "-a", str(_made()), str(data)], check=True)
    return data


@pytest.fixture
def start() -> Iterator["Start"]:
    yield from installations()


def installations() -> Iterator["Start"]:
    """Give a starter with a folder of its own, and end whatever it started."""
    folder = make_public_folder()
    starter = Start(folder)
    yield starter
    for one in starter.all:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
    # A worker leaves some time after its supervisor was killed.
    wait_until(lambda: not processes_naming(str(folder)), seconds=60)
    assert processes_naming(str(folder)) == []
    shutil.rmtree(folder)


@dataclass
class Start:
    """Starts commands of ours and ends them with the test."""

    folder: Path

    def __post_init__(self) -> None:
        self.all: list[Started] = []
        self.port = free_port()
        # Without the test servers, and leaving this checkout's own note alone.
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in TEST_SERVERS},
            "THROUGHLINE_VAR": str(self.folder / "var"),
            "PYTHONPATH": str(PROJECT),
            "THROUGHLINE_WORKER_LEAVE_SECONDS": "0.5",  # nothing is under way that would be worth the wait
        }

    def up(self, data: Path | None = None, **environment: str) -> Started:
        """`manage.py up` on `data`; returns at once."""
        data = data or self.folder / "a data"
        argv = [str(PROJECT / "manage.py"), "up", "--port", str(self.port), "--data", str(data)]
        return self.python(*argv, data=data, environment={**self.environment, **environment})

    def up_again(self, **environment: str) -> Started:
        """`manage.py up` where it was up before: its database is made."""
        return self.up(made_in(self.folder), **environment)

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


def kill(numbers: Iterable[int]) -> None:
    """Kill these processes; some end by themselves when another of them dies."""
    for number in numbers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)


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
