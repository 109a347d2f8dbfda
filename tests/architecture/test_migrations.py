"""Migrations are complete: none missing, one number each, and every step in SQL has a way back."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings

from tests.architecture.tree import PACKAGES, ROOT, plant

NUMBER = re.compile(r"\d{4}_")


def faults(root: Path) -> list[str]:
    """Return doubled numbers and SQL without a way back."""
    found = []
    for folder in sorted(f for p in PACKAGES for f in (root / p).rglob("migrations")):
        seen: dict[str, str] = {}
        for file in sorted(folder.glob("*.py")):
            if NUMBER.match(file.name):
                number = file.name[:4]
                if number in seen:
                    found.append(f"{file.name} has the number of {seen[number]}")
                seen[number] = file.name
        for up in sorted(folder.rglob("*.up.sql")):
            if not up.with_name(up.name.replace(".up.sql", ".down.sql")).exists():
                found.append(f"{up.name} has no way back")
    return found


def test_numbers_are_single_and_sql_has_a_way_back() -> None:
    assert faults(ROOT) == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_a_missing_migration_is_found(settings: Settings) -> None:
    settings.MIGRATION_MODULES = {"kpis": "tests.architecture.without_migrations"}

    with pytest.raises(SystemExit):
        call_command("makemigrations", "kpis", check=True, dry_run=True, verbosity=0)


def test_a_doubled_number_and_a_one_way_step_are_found(tmp_path: Path) -> None:
    for path in ("0002_a.py", "0002_b.py", "sql/0002_b.up.sql"):
        plant(tmp_path, f"tracing/migrations/{path}", "")

    assert faults(tmp_path) == ["0002_b.py has the number of 0002_a.py", "0002_b.up.sql has no way back"]
