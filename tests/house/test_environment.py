"""Settings come from the environment or from files, and what cannot be read is said in a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from observability import env
from tests.house.conftest import PROJECT


def test_any_setting_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, said in (("A_TEXT", "x"), ("A_NUMBER", "1.5"), ("AN_INTEGER", "7"), ("A_SWITCH", "on")):
        (tmp_path / name).write_text(f"{said}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))

    assert env.text("A_TEXT") == "x"
    assert env.number("A_NUMBER", 0) == 1.5
    assert env.integer("AN_INTEGER", 0) == 7
    assert env.boolean("A_SWITCH", False) is True


def test_a_file_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("A_TEXT_FILE", str(tmp_path / "none"))

    with pytest.raises(env.BadEnvironment, match=r"^A_TEXT_FILE names a file that cannot be read"):
        env.text("A_TEXT", "")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("THROUGHLINE_DB_POOL", "many", "THROUGHLINE_DB_POOL must be a whole number.\n"),
        ("DATABASE_URL", "postgresql://app@127.0.0.1:9/none", "No database answers: start bin/demo, or name"),
    ],
)
def test_a_command_stops_with_a_sentence_alone(name: str, value: str, words: str) -> None:
    done = subprocess.run(
        [sys.executable, str(PROJECT / "manage.py"), "connector", "list"],
        env={**os.environ, name: value},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith(words)
