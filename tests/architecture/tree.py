"""The files that architecture tests read: the project's, or a small tree with a violation planted in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("observability", "integrations", "tracing", "kpis")


def python_files(root: Path, *folders: str) -> Iterator[Path]:
    """Return the Python files of `folders`, without migrations; of the product where none is named."""
    for folder in folders or PACKAGES:
        for path in sorted((root / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(), filename=str(path))


def plant(root: Path, path: str, text: str) -> Path:
    """Write one file of a tree with a violation; return the tree."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return root


def named(node: ast.expr) -> str:
    """Return the dotted name of an expression such as `a.b.c`; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        held = named(node.value)
        return f"{held}.{node.attr}" if held else ""
    return ""
