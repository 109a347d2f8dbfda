"""Every read query takes the scope of whoever asks, first and by name."""

import ast
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.tree import ROOT, parsed, plant, python_files

# path:function -> why it needs none. An entry that is needed no more fails the test.
EXEMPT = {
    "observability/accounts/queries/held.py:held_by": "what a scope is made of: one person's own grants",
    "observability/accounts/queries/held.py:would_hold": "what a scope is made of: a grant that nobody holds",
    "observability/accounts/queries/shown.py:grants_shown": "one person's own grants, in words",
    "observability/accounts/queries/shown.py:places_shown": "who may sign in to a demonstration",
    "observability/accounts/queries/held.py:everything_at": "reads nothing: cells from facilities",
    "observability/accounts/queries/opened.py:opened_shown": "what one has opened oneself",
    "observability/accounts/queries/opened.py:facility_coded": "a glass is broken to reach beyond the scope",
    "observability/accounts/queries/named.py:facility_names": "what a file of the shell may name",
    "observability/accounts/queries/named.py:place_names": "what a file of the shell may name",
    "tracing/queries/within.py:bounds": "reads nothing: turns a scope into parameters",
    "tracing/queries/within.py:may_read": "reads nothing: asks a scope about a row that was read",
    "kpis/queries/window.py:lay_there": "reads nothing: a condition on a facility and a day",
    "kpis/queries/window.py:whose": "reads nothing: turns a scope into parameters",
}


def unscoped(root: Path, exempt: Mapping[str, str]) -> list[str]:
    """Return the public functions of queries that can be called without a scope."""
    found = set()
    for path in python_files(root):
        if "queries" not in path.relative_to(root).with_suffix("").parts:
            continue
        for node in parsed(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not _scoped(node.args):
                found.add(f"{path.relative_to(root)}:{node.name}")
    bare = [f"{name} takes no scope" for name in sorted(found - set(exempt))]
    return bare + [f"{name} is exempt and need not be" for name in sorted(set(exempt) - found)]


def _scoped(args: ast.arguments) -> bool:
    if args.args or args.posonlyargs or args.vararg or not args.kwonlyargs:
        return False
    first = args.kwonlyargs[0]
    typed = first.annotation is not None and ast.unparse(first.annotation) == "Scope"
    return first.arg == "scope" and typed and args.kw_defaults[0] is None


def test_every_query_takes_a_scope() -> None:
    assert unscoped(ROOT, EXEMPT) == []


def test_a_query_without_one_is_found(tmp_path: Path) -> None:
    text = (
        "def a(at): ...\ndef b(scope: Scope): ...\ndef c(*, at: int, scope: Scope): ...\n"
        "def d(*, scope: Scope | None = None): ...\ndef e(*, scope: Scope, at: int): ...\ndef _f(): ...\n"
    )
    root = plant(tmp_path, "kpis/queries/x.py", text)

    assert unscoped(root, {}) == [f"kpis/queries/x.py:{name} takes no scope" for name in "abcd"]
    assert "kpis/queries/x.py:e is exempt and need not be" in unscoped(root, {"kpis/queries/x.py:e": "?"})
