"""A click returns before what it leads to is there: whoever clicks says at once what is to come of it."""

import ast
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from tests.architecture.tree import ROOT, parsed, plant, python_files

DRIVEN = ("tests/e2e", "tests/look")
WAITS = ("expect(", "page.wait_for_url(", "someone.page.wait_for_url(")


def clicks_for_luck(root: Path) -> list[str]:
    """Return the clicks and presses of Enter after which nothing waits for what they lead to."""
    return [
        f"{path.relative_to(root)}:{step.lineno} {ast.unparse(step)}"
        for path in python_files(root, *DRIVEN)
        for block in _blocks(parsed(path))
        for step, then in zip_longest(block, block[1:])
        if _acts(step) and not (then and ast.unparse(then).startswith(WAITS))
    ]


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Go through the blocks of statements, but for those that run while something is expected of the page."""
    for node in ast.walk(tree):
        if isinstance(node, ast.With) and ".expect_" in ast.unparse(node.items[0]):
            continue
        for part in ("body", "orelse", "finalbody"):
            block = getattr(node, part, None)
            if isinstance(block, list):
                yield block


def _acts(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and ast.unparse(step).endswith((".click()", ".press('Enter')"))


def test_no_test_clicks_for_luck() -> None:
    assert clicks_for_luck(ROOT) == []


def test_a_click_that_nothing_waits_for_is_found(tmp_path: Path) -> None:
    body = "page.get_by_text('Keep').click()\n    page.get_by_label('Owner').fill('x')"
    root = plant(tmp_path, "tests/e2e/test_x.py", f"def test_x(page):\n    {body}\n")
    plant(root, "tests/look/test_y.py", "page.keyboard.press('Enter')\n")

    assert clicks_for_luck(root) == [
        "tests/e2e/test_x.py:2 page.get_by_text('Keep').click()",
        "tests/look/test_y.py:1 page.keyboard.press('Enter')",
    ]


def test_a_click_that_says_what_is_to_come_passes(tmp_path: Path) -> None:
    steps = [
        "page.get_by_text('Menu').click()\nexpect(page.get_by_text('Sign out')).to_be_visible()\n",
        "with page.expect_download() as download:\n    page.get_by_text('Keep').click()\n",
        "page.keyboard.press('Enter')\npage.wait_for_url('/x')\n",
        "follow(page.get_by_text('Keep'))\npage.keyboard.press('Tab')\n",
    ]
    root = plant(tmp_path, "tests/e2e/test_x.py", "".join(steps))

    assert clicks_for_luck(root) == []
