"""What the code imports is pinned where it is needed: a fresh installation has no tools of the tests."""

import ast
import importlib.metadata
import importlib.util
import re
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.conftest import PROJECT

PRODUCT = ("observability", "integrations", "tracing", "kpis", "deploy")
OURS = {*PRODUCT, "tests", "manage"}


def pinned(*files: str) -> set[str]:
    lines = [line for file in files for line in (PROJECT / file).read_text().splitlines()]
    return {name_of(line) for line in lines if "==" in line}


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=; ]", requirement)[0]).lower()


def imported(folders: tuple[str, ...]) -> set[str]:
    """Return the modules of others that the files import, those of Python itself left out."""
    files = [file for folder in folders for file in (PROJECT / folder).rglob("*.py")]
    modules = {module for file in files for module in imports_of(ast.parse(file.read_text()))}
    return {m for m in modules if m.split(".")[0] not in OURS | set(sys.stdlib_module_names)}


def imports_of(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


@cache
def distributions() -> dict[str, str]:
    """Return which distribution each installed file belongs to."""
    return {
        str(file): name_of(found.metadata["Name"])
        for found in importlib.metadata.distributions()
        for file in found.files or []
    }


def unpinned(folders: tuple[str, ...], pins: set[str]) -> dict[str, str | None]:
    owners = distributions()
    missing: dict[str, str | None] = {}
    for module in imported(folders):
        spec = importlib.util.find_spec(module)
        origin = str(spec.origin).split("site-packages/")[-1] if spec else "not installed"
        if owners.get(origin) not in pins:
            missing[module] = owners.get(origin, origin)
    return missing


def test_the_product_imports_only_what_its_requirements_bring() -> None:
    assert unpinned(PRODUCT, pinned("requirements.txt")) == {}


def test_the_tests_import_only_what_both_requirements_bring() -> None:
    assert unpinned(("tests",), pinned("requirements.txt", "requirements-dev.txt")) == {}


def test_an_import_from_elsewhere_is_found() -> None:
    assert "django.db" in unpinned(PRODUCT, pinned("requirements.txt") - {"django"})


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(file: str) -> None:
    lines = [line for line in (PROJECT / file).read_text().splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.\[\],-]+==[0-9][\w.]*", line)] == []


def test_nothing_is_fetched_from_a_named_host() -> None:
    names = ("requirements.txt", "requirements-dev.txt", "bin/setup")
    texts = [(PROJECT / name).read_text() for name in names]
    assert not any("://" in text or "--index" in text for text in texts)
