"""A production installation passes its own checks, and a careless one is told what is wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from observability.checks import (
    audit_has_another_owner,
    audit_is_anchored,
    everybody_has_a_second_factor,
    is_no_workbench,
    keys_are_its_own,
    oidc_is_whole,
    runs_in_utc,
    second_factors_are_of_roles,
)
from observability.core import db_roles

ROOT = Path(__file__).parents[2]
PRODUCTION = {
    "THROUGHLINE_SECURE": "true",
    "THROUGHLINE_HOSTS": "throughline.example.org",
    "THROUGHLINE_SECRET_KEY": "Zq3vX0w9LkR7tYp2sUb5nMd8fHj1gCe4aWi6oKx-Tz_QhVrJyNlPmBuS",
    "THROUGHLINE_ID_KEY": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA",
    "THROUGHLINE_AUDIT_ANCHORS_DIR": "/var/lib/throughline/anchors",
    "THROUGHLINE_AUDIT_KEYS": "a1:EjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8",
    "THROUGHLINE_SEAL_KEYS": "k1:EjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8",
}


def test_production_settings_pass_every_deployment_check() -> None:
    servers = {name: os.environ[name] for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "PATH")}
    result = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=servers | PRODUCTION,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("TIME_ZONE", "America/Chicago", "throughline.E001"),
        ("SECRET_KEY", settings.SECRET_KEY, "throughline.E002"),
        ("ID_KEY", settings.DEVELOPMENT_KEY, "throughline.E003"),
        ("VEIL_KEY", settings.DEVELOPMENT_KEY, "throughline.E003"),
        (
            "SEAL_KEYS",
            [PRODUCTION["THROUGHLINE_SEAL_KEYS"], f"dev:{settings.DEVELOPMENT_KEY}"],
            "throughline.E004",
        ),
        ("AUDIT_KEYS", [f"dev:{settings.DEVELOPMENT_KEY}"], "throughline.E009"),
        ("AUDIT_ANCHORS_DIR", "", "throughline.E010"),
        ("AUDIT_ANCHORS_DIR", "anchors", "throughline.E010"),
        ("DATABASE_OWNER", {"USER": db_roles.APPLICATION}, "throughline.W002"),
        ("SECOND_FACTOR_ROLES", ["administrators"], "throughline.E011"),
        ("OIDC_ISSUER", "http://id.example.org", "throughline.E012"),
        ("SECOND_FACTOR_ROLES", ["administrator"], "throughline.W001"),
        ("DEBUG", True, "throughline.E005"),
        ("DEMO", True, "throughline.E006"),
        ("SECURE", False, "throughline.E007"),
    ],
)
def test_a_careless_setting_is_named(name: str, value: object, told: str) -> None:
    careful = {
        "SECRET_KEY": PRODUCTION["THROUGHLINE_SECRET_KEY"],
        "ID_KEY": PRODUCTION["THROUGHLINE_ID_KEY"],
        "AUDIT_KEYS": [PRODUCTION["THROUGHLINE_AUDIT_KEYS"]],
        "SEAL_KEYS": [PRODUCTION["THROUGHLINE_SEAL_KEYS"]],
        "SECURE": True,
        "SECOND_FACTOR_ROLES": ["all"],
        "AUDIT_ANCHORS_DIR": PRODUCTION["THROUGHLINE_AUDIT_ANCHORS_DIR"],
    }
    with override_settings(**careful):
        assert told not in _ours()
    with override_settings(**careful | {name: value}):
        assert told in _ours()


def _ours() -> set[str]:
    checks = (
        runs_in_utc, keys_are_its_own, audit_is_anchored, audit_has_another_owner, is_no_workbench,
        second_factors_are_of_roles, everybody_has_a_second_factor, oidc_is_whole,
    )  # fmt: skip
    return {str(message.id) for check in checks for message in check(None)}
