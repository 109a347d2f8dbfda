"""Imports go down only: the contracts hold, and each of them breaks where it is violated."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGES, ROOT

LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
# contract -> (module, the import that it forbids)
PLANTED = {
    "Apps import down only": ("integrations/models/facility.py", "import tracing.rules.phases"),
    "Inside people": ("observability/accounts/queries/held.py", "import observability.accounts.guard"),
    "Inside integrations": ("integrations/catalogue/key_kinds.py", "import integrations.ingest.records"),
    "Inside tracing": ("tracing/models/fact.py", "import tracing.storage.facts"),
    "Inside kpis": ("kpis/models/value.py", "import kpis.queries"),
    "Rules, decoders and parsers are pure": ("tracing/rules/fold.py", "import django.db"),
    "Two modules talk to the outside": ("kpis/queries/__init__.py", "import requests"),
    "Only the edge and the drain touch the inbox": ("kpis/apps.py", "import integrations.ingest.claim"),
}


def lint(root: Path) -> str:
    """Run import-linter on a tree; return what it prints."""
    result = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "COLUMNS": "200", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return result.stdout + result.stderr


def verdicts(printed: str) -> dict[str, str]:
    """Return contract -> KEPT or BROKEN."""
    lines = [line.split(" (")[0].strip() for line in printed.splitlines()]
    return {
        line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1]
        for line in lines
        if line.endswith((" KEPT", " BROKEN"))
    }


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts on a copy of the product with every contract violated once."""
    root = tmp_path_factory.mktemp("planted")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    for path, violation in PLANTED.values():
        file = root / path
        file.write_text(file.read_text() + f"\n{violation}\n")
    return verdicts(lint(root))


def test_every_contract_is_kept() -> None:
    found = verdicts(lint(ROOT))

    assert len(found) == len(PLANTED)
    assert set(found.values()) == {"KEPT"}


@pytest.mark.parametrize("contract", PLANTED)
def test_a_violation_breaks_its_contract(planted: dict[str, str], contract: str) -> None:
    assert [verdict for name, verdict in planted.items() if name.startswith(contract)] == ["BROKEN"]
