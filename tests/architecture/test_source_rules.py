"""Rules of the source that a reader would otherwise have to look for."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, named, parsed, plant, python_files

OUTBOUND = ("observability/core/outbound.py", "integrations/adapters/post.py")
# These listen or ask our own servers on this machine; they reach nobody else.
OWN_SERVERS = (
    "observability/embedded/",
    "observability/core/broker.py",
    "observability/demo/",
    "observability/bench/",
)
NETWORK = {
    "requests",
    "httpx",
    "urllib3",
    "aiohttp",
    "urllib.request",
    "http.client",
    "socket",
    "ftplib",
    "smtplib",
}
INBOX_SQL = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN|TABLE)\s+inbox\b")
INBOX_PLACES = (
    "integrations/ingest/",
    "tracing/storage/",
    "observability/health.py",  # how long the oldest row has waited
)
INLINE_SCRIPT = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json[\"'])[^>]*>", re.IGNORECASE
)
HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
SAFE = re.compile(r"\|\s*safe\b|\{%\s*autoescape\s+off")
DRAWERS = {"utils", "helpers", "common", "misc", "services", "manager", "managers"}


def network_imports(root: Path) -> list[str]:
    """Return the modules that could talk to the outside and may not."""
    found = []
    for path in python_files(root):
        name = str(path.relative_to(root))
        if name in OUTBOUND or name.startswith(OWN_SERVERS):
            continue
        for node in ast.walk(parsed(path)):
            for module in _imported(node):
                if module in NETWORK or module.split(".")[0] in NETWORK:
                    found.append(f"{name}:{node.lineno} imports {module}")  # type: ignore[attr-defined]
    return found


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)][
            : 1 if node.level else None
        ]
    return []


def inbox_statements(root: Path) -> list[str]:
    """Return the files that read or write the inbox and are neither its edge nor its drain."""
    return [
        f"{name} touches the inbox"
        for path in python_files(root)
        if not (name := str(path.relative_to(root))).startswith(INBOX_PLACES)
        and INBOX_SQL.search(path.read_text())
    ]


def system_scopes_in_doors(root: Path) -> list[str]:
    """Return the views, forms and API modules that ask with the scope of nobody."""
    found = []
    for path in python_files(root):
        parts = path.relative_to(root).with_suffix("").parts
        if not {"views", "api", "forms", "charts"} & set(parts):
            continue
        for node in ast.walk(parsed(path)):
            system = isinstance(node, ast.Attribute) and named(node) == "Scope.system"
            everything = isinstance(node, ast.keyword) and node.arg == "everything"
            if system or everything:
                found.append(f"{path.relative_to(root)}:{node.lineno} sees everything")  # type: ignore[attr-defined]
    return found


def unescaped(root: Path) -> list[str]:
    """Return where text could reach a page as markup, or a page could run what stands in it."""
    found = []
    for path in python_files(root):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Name | ast.Attribute) and named(node).split(".")[-1] in {
                "mark_safe",
                "SafeText",
            }:
                found.append(f"{path.relative_to(root)}:{node.lineno} marks text as safe")
    for path in sorted((root / "templates").rglob("*.html")):
        text = path.read_text()
        name = path.relative_to(root)
        found += [f"{name} has {what}" for what, rule in _TEMPLATE_RULES if rule.search(text)]
    return found


_TEMPLATE_RULES = (
    ("unescaped text", SAFE),
    ("an inline script", INLINE_SCRIPT),
    ("an inline handler", HANDLER),
)


def sleeping_tests(root: Path) -> list[str]:
    """Return the tests that wait for time to pass instead of for what they wait for."""
    found = []
    for path in python_files(root, "tests"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and named(node.func) in {"time.sleep", "sleep", "asyncio.sleep"}:
                found.append(f"{path.relative_to(root)}:{node.lineno} sleeps")
    return found


def drawers(root: Path) -> list[str]:
    """Return the modules named after nothing in particular."""
    return [f"{p.relative_to(root)} is a drawer" for p in python_files(root) if p.stem in DRAWERS]


RULES = [network_imports, inbox_statements, system_scopes_in_doors, unescaped, sleeping_tests, drawers]


@pytest.mark.parametrize("rule", RULES)
def test_the_source_keeps_its_rules(rule: Callable[[Path], list[str]]) -> None:
    assert rule(ROOT) == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (network_imports, "kpis/views/x.py", "import urllib.request"),
        (network_imports, "tracing/x.py", "from urllib import request"),
        (network_imports, "tracing/x.py", "import requests"),
        (network_imports, "observability/core/x.py", "from http.client import HTTPConnection"),
        (inbox_statements, "kpis/queries/x.py", 'SQL = "SELECT 1 FROM inbox"'),
        (system_scopes_in_doors, "kpis/views/x.py", "board(scope=Scope.system())"),
        (system_scopes_in_doors, "tracing/api/x.py", "Scope(facility_ids=(), everything=True)"),
        (unescaped, "kpis/views/x.py", "from django.utils.safestring import mark_safe\nmark_safe('x')"),
        (unescaped, "templates/x.html", "{{ name|safe }}"),
        (unescaped, "templates/x.html", "{{ name | safe }}"),
        (unescaped, "templates/x.html", "<script>alert(1)</script>"),
        (unescaped, "templates/x.html", '<script type="module">x()</script>'),
        (unescaped, "templates/x.html", '<a href="#" onclick="x()">x</a>'),
        (sleeping_tests, "tests/x/test_x.py", "import time\ntime.sleep(1)"),
        (drawers, "tracing/utils.py", ""),
    ],
)
def test_a_planted_violation_is_found(
    tmp_path: Path, rule: Callable[[Path], list[str]], path: str, text: str
) -> None:
    assert len(rule(plant(tmp_path, path, text))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (network_imports, "kpis/views/x.py", "from urllib.parse import urlencode"),
        (network_imports, "integrations/adapters/post.py", "import http.client"),
        (unescaped, "templates/x.html", "<script src=\"{% static 'x.js' %}\" defer></script>"),
        (unescaped, "templates/x.html", '<script type="application/json" id="d">{}</script>'),
        (system_scopes_in_doors, "kpis/rollup/x.py", "Scope.system()"),
    ],
)
def test_what_is_allowed_is_not_found(
    tmp_path: Path, rule: Callable[[Path], list[str]], path: str, text: str
) -> None:
    assert rule(plant(tmp_path, path, text)) == []
