"""Every setting, error code and command is in the documentation, and nothing that is gone still is."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, named, parsed, plant, python_files

READERS = {"text", "integer", "number", "share", "boolean", "words"}
# Functions and classes whose first string argument is an error code that leaves the process.
CODE_CALLS = {
    "problem", "Problem", "Rejected", "Reject", "Refused", "MalformedBody", "reject", "refuse", "Rejection",
    "Refusal", "Unreadable",
}  # fmt: skip
CODE_TABLES = {"CODES", "REQUEST_CODES", "ITEM_CODES", "PARKED_CODES"}
CODE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+\Z")
WORD = re.compile(r"[a-z][a-z0-9_]*\Z")
ENTRY = re.compile(r"^\|\s*`([^`]+)`", re.MULTILINE)


def entries(root: Path, page: str) -> set[str]:
    """Return what a reference page has an entry for: the first cell of each table row."""
    file = root / "docs" / page
    return {entry.split(" ")[0] for entry in ENTRY.findall(file.read_text())} if file.exists() else set()


def settings_read(root: Path) -> set[str]:
    """Return the environment variables that the settings read."""
    found = set()
    readers = {"os.environ.get", *(f"env.{reader}" for reader in READERS)}
    for path in (*python_files(root), *python_files(root, "deploy")):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and named(node.func) in readers:
                found.add(_text(node.args[0]))
    return {name for name in found if name.startswith("THROUGHLINE_") or name.endswith("_URL")}


def codes_used(root: Path) -> set[str]:
    """Return the error codes that answers and counters use."""
    found = set()
    for path in python_files(root):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and named(node.func).split(".")[-1] in CODE_CALLS:
                texts = (_text(a) for a in (*node.args, *(k.value for k in node.keywords if k.arg == "code")))
                found |= {text for text in texts if CODE.match(text)}
            if isinstance(node, ast.Assign) and CODE_TABLES & {named(t) for t in node.targets}:
                found |= {text for n in ast.walk(node.value) if WORD.match(text := _text(n))}
    return found


def commands(root: Path) -> set[str]:
    """Return the management commands."""
    files = (f for f in python_files(root) if f.parent.name == "commands" and not f.name.startswith("_"))
    return {file.stem for file in files}


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


PAGES = [("settings.md", settings_read), ("errors.md", codes_used), ("commands.md", commands)]


@pytest.mark.parametrize(("page", "used"), PAGES, ids=[page for page, _ in PAGES])
def test_what_there_is_is_documented(page: str, used: Callable[[Path], set[str]]) -> None:
    found = used(ROOT)

    assert sorted(found - entries(ROOT, page)) == []


@pytest.mark.parametrize("page", ["settings.md", "commands.md"])
def test_what_is_documented_is_there(page: str) -> None:
    used = dict(PAGES)[page]

    assert sorted(entries(ROOT, page) - used(ROOT)) == []


def test_what_is_not_documented_is_found(tmp_path: Path) -> None:
    plant(tmp_path, "observability/settings.py", 'NEW = env.integer("THROUGHLINE_NEW", 1)\n')
    plant(tmp_path, "integrations/ingest/x.py", 'problem(400, "not_there_yet")\nCODES = {400: "bad_thing"}\n')
    plant(tmp_path, "tracing/management/commands/new.py", "")
    plant(tmp_path, "docs/settings.md", "| `THROUGHLINE_OLD` | 1 | gone |\n")

    assert settings_read(tmp_path) == {"THROUGHLINE_NEW"}
    assert codes_used(tmp_path) == {"not_there_yet", "bad_thing"}
    assert commands(tmp_path) == {"new"}
    assert entries(tmp_path, "settings.md") == {"THROUGHLINE_OLD"}
