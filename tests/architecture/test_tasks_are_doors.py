"""A Celery task fetches, calls and returns: at most five statements, and its arguments are ids or nothing."""

import ast
from pathlib import Path

from tests.architecture.tree import ROOT, named, parsed, plant, python_files

STATEMENTS = 5
DECORATORS = {"shared_task", "app.task", "celery.task"}
ID_TYPES = {"int", "str", "float", "bool", "UUID"}


def thick_tasks(root: Path) -> list[str]:
    """Return the tasks that do work themselves or are handed more than ids."""
    found = []
    for path in python_files(root):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_task(node):
                found += [f"{path.relative_to(root)}:{node.name} {fault}" for fault in _faults(node)]
    return found


def _is_task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {named(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list}
    return bool(names & DECORATORS)


def _faults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    statements = (
        sum(isinstance(inner, ast.stmt) for inner in ast.walk(node)) - 1 - bool(ast.get_docstring(node))
    )
    faults = [f"has {statements} statements"] if statements > STATEMENTS else []
    for argument in (*node.args.args, *node.args.kwonlyargs):
        type_name = ast.unparse(argument.annotation) if argument.annotation else ""
        if argument.arg != "self" and type_name.removesuffix(" | None") not in ID_TYPES:
            faults.append(f"takes {argument.arg}: {type_name or 'anything'}")
    return faults


def test_tasks_are_doors() -> None:
    assert thick_tasks(ROOT) == []


def test_a_task_that_does_the_work_itself_is_found(tmp_path: Path) -> None:
    body = "    for y in x:\n        if y:\n            z = y\n            print(z)\n    a = z\n    del a\n"
    root = plant(
        tmp_path, "tracing/tasks.py", f"@shared_task(bind=True)\ndef work(self, events: list[dict]):\n{body}"
    )

    assert thick_tasks(root) == [
        "tracing/tasks.py:work has 6 statements",
        "tracing/tasks.py:work takes events: list[dict]",
    ]


def test_a_thin_task_passes(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        "tracing/tasks.py",
        '@shared_task\ndef drain() -> None:\n    """Drain."""\n    drain_all(now())\n',
    )

    assert thick_tasks(root) == []
