"""Files stay under 300 lines and functions under 50: the tail is what rots."""

import ast
from collections.abc import Mapping
from pathlib import Path

from tests.architecture.tree import ROOT, parsed, plant, python_files

FILE_LINES = 300
FUNCTION_LINES = 50
# path, or path:function -> why it may be longer. An entry that is needed no more fails the test.
EXEMPT: dict[str, str] = {
    "integrations/ingest/step_rules.py:step_event": "names every field of a record once, one a line",
}


def too_long(root: Path, exempt: Mapping[str, str]) -> list[str]:
    """Return the files and functions beyond their limit, and the exemptions that exempt nothing."""
    found = {}
    for path in python_files(root, "observability", "integrations", "tracing", "kpis", "tests"):
        name = str(path.relative_to(root))
        lines = len(path.read_text().splitlines())
        if lines > FILE_LINES:
            found[name] = lines
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    found[f"{name}:{node.name}"] = length
    long = [f"{name} has {lines} lines" for name, lines in found.items() if name not in exempt]
    return long + [f"{name} is exempt and need not be" for name in exempt if name not in found]


def test_files_and_functions_are_short() -> None:
    assert too_long(ROOT, EXEMPT) == []


def test_a_long_file_and_a_long_function_are_found(tmp_path: Path) -> None:
    body = "def endless():\n" + "    pass\n" * FUNCTION_LINES + "x = 1\n" * FILE_LINES
    root = plant(tmp_path, "tracing/endless.py", body)

    assert too_long(root, {}) == [
        "tracing/endless.py has 351 lines",
        "tracing/endless.py:endless has 51 lines",
    ]
    assert too_long(root, {"tracing/endless.py": "x", "tracing/endless.py:endless": "x"}) == []


def test_a_stale_exemption_is_found(tmp_path: Path) -> None:
    root = plant(tmp_path, "tracing/short.py", "x = 1\n")

    assert too_long(root, {"tracing/short.py": "was long"}) == ["tracing/short.py is exempt and need not be"]
