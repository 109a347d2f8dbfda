"""`bin/setup`, `bin/demo`, `bin/test` where something is missing: one sentence says what, and what to do.

The machine is made up: a folder of tools, and a python that is whatever the test needs. The scripts are ours.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.house.conftest import PROJECT, Start, ordinary_user

TOOLS = ("sh", "cat", "cksum", "tr", "df", "awk", "dirname", "mkdir", "cp", "id", "rm", "sed", "flock")
PYTHONS = ("python3", "python3.14", "python3.13", "python3.12", "python3.11")
# What it says to each question; a test lets one of them fail.
PYTHON = """#!/bin/sh
fails() {{ [ "{fails}" = "$1" ] && {{ echo "planted: $1" >&2; exit 1; }}; return 0; }}
case "$*" in
*sys.version_info*) fails old; exit 0 ;;
*"import venv, ensurepip"*) fails no-venv; exit 0 ;;
--version) echo "Python 3.12.1" ;;
"-m venv .venv") fails venv; mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
"-m pip install "*) fails pip; exit 0 ;;
*) echo "ran: $*" ;;
esac
"""


@dataclass
class Machine:
    """A clone of the repository, in a path with a space, on a machine of its own."""

    clone: Path
    tools: Path

    def has(self, name: str, text: str) -> None:
        """Put a program on the machine."""
        program = self.tools / name
        program.unlink(missing_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def run(self, script: str, *argv: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of our scripts there, from another folder."""
        return subprocess.run(
            [str(self.clone / "bin" / script), *argv],
            env={"PATH": str(self.tools), "HOME": str(self.clone)},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=user,
        )


@pytest.fixture
def machine(public_folder: Path) -> Machine:
    """A machine where everything works."""
    clone, tools = public_folder / "a clone", public_folder / "tools"
    shutil.copytree(PROJECT / "bin", clone / "bin")
    for name in ("requirements.txt", "requirements-dev.txt", "manage.py"):
        shutil.copy(PROJECT / name, clone / name)
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found:
            (tools / name).symlink_to(found)
    made = Machine(clone, tools)
    pythons(made)
    return made


def pythons(machine: Machine, fails: str = "", names: Iterable[str] = PYTHONS) -> None:
    for name in names:
        machine.has(name, PYTHON.format(fails=fails))


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line, the one that tells what to do."""
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def test_setup_makes_what_is_missing_and_says_nothing_the_second_time(machine: Machine) -> None:
    first, second = machine.run("setup"), machine.run("setup")
    assert first.returncode == 0
    assert "Making the virtual environment .venv with Python 3.12.1" in first.stderr
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_setup_for_development_is_one_for_running_too(machine: Machine) -> None:
    assert machine.run("setup", "--dev").returncode == 0
    assert machine.run("setup").stderr == ""


@pytest.mark.parametrize(
    ("fails", "words"),
    [
        ("old", "Python 3.11 or newer is needed and was not found: install it"),
        ("no-venv", "Python's venv module is missing: install it (Debian and Ubuntu: apt-get install"),
        ("venv", "The virtual environment could not be made: see the lines above."),
        ("pip", "The packages could not be installed: the lines above say why."),
    ],
)  # fmt: skip
def test_a_python_that_cannot_do_it_is_said_in_a_sentence(machine: Machine, fails: str, words: str) -> None:
    pythons(machine, fails)
    assert said(machine.run("setup")).startswith(words)


def test_what_failed_halfway_is_done_once_its_cause_is_gone(machine: Machine) -> None:
    pythons(machine, "pip")
    assert "planted: pip" in machine.run("setup").stderr
    pythons(machine)
    shutil.copy(machine.tools / "python3", machine.clone / ".venv" / "bin" / "python")
    assert machine.run("setup").returncode == 0


def test_a_newer_python_is_found_behind_an_old_one(machine: Machine) -> None:
    pythons(machine, "old", names=("python3",))
    assert machine.run("setup").returncode == 0


def test_a_full_disk_is_said_with_what_is_needed(machine: Machine) -> None:
    machine.has("df", "#!/bin/sh\necho Filesystem\necho /dev/sda1 1000000 987712 12288 99% /\n")
    words = said(machine.run("setup"))
    assert words.startswith("Only 12 MB are free on the disk of")
    assert words.endswith("the packages need 900 MB: free some and run this again.")


def test_a_folder_of_somebody_else_is_said(machine: Machine) -> None:
    user = ordinary_user().pw_name if os.geteuid() == 0 else None
    machine.clone.chmod(0o555)
    words = said(machine.run("setup", user=user))
    machine.clone.chmod(0o755)
    assert "cannot be written to by" in words
    assert "clone it to a place of your own" in words


def test_an_option_that_is_none_is_said(machine: Machine) -> None:
    assert (
        said(machine.run("setup", "--devel"))
        == "bin/setup does not know --devel: it takes nothing, or --dev."
    )


def test_the_demo_sets_itself_up_and_hands_on_what_it_was_told(machine: Machine) -> None:
    done = machine.run("demo", "--port", "8123", "--no-traffic")
    assert done.returncode == 0
    assert done.stdout == f"ran: {machine.clone}/manage.py demo --port 8123 --no-traffic\n"


def test_the_demo_lists_its_options_without_setting_up(machine: Machine) -> None:
    done = machine.run("demo", "--help")
    for option in ("--port", "--data", "--fresh", "--no-traffic", "DATABASE_URL", "REDIS_URL"):
        assert option in done.stdout
    assert not (machine.clone / ".venv").exists()


def test_without_a_browser_the_tests_say_what_to_install_and_run_all_the_same(machine: Machine) -> None:
    done = machine.run("test", "tests/house", "-x")
    assert "The browser tests need Chromium and will fail without it: install it" in done.stderr
    assert done.returncode == 0
    assert done.stdout.startswith("ran: -m pytest ")
    assert done.stdout.endswith(" tests/house -x\n")


def test_a_browser_that_cannot_be_fetched_is_said(machine: Machine) -> None:
    machine.has("id", "#!/bin/sh\necho 0\n")
    machine.has("apt-get", "#!/bin/sh\nexit 100\n")
    done = machine.run("test")
    assert "Chromium could not be installed with apt-get" in done.stderr
    assert done.returncode == 0


def test_a_browser_that_is_there_is_not_talked_about(machine: Machine) -> None:
    machine.has("chromium", "#!/bin/sh\n")
    assert "hromium" not in machine.run("test").stderr


def test_the_demo_says_that_its_port_is_taken(start: Start) -> None:
    with socket.create_server(("127.0.0.1", start.port)):
        argv = [str(PROJECT / "manage.py"), "demo", "--port", str(start.port)]
        demo = start.python(*argv, data=start.folder)
        demo.wait_said(f"Port {start.port} is taken by another program")
        assert demo.process.wait(timeout=60) == 1
