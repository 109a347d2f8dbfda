"""How long each class of data is kept: one table, read by the inventory, the purge and the forecast."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

DATA = Path(__file__).parent / "data" / "retention.yaml"
DATABASE = "database"  # where a class is kept: also "outside", "never"


class BadPolicy(Exception):
    """The file or a setting asks for what no installation may do; the text says which class and why."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long one class of data is kept, and why as long and no longer."""

    name: str
    title: str
    default_days: int
    setting: str  # of this installation, which overrides the days; empty where there is none
    reason: str
    least: int = 0  # days; no installation keeps it shorter
    tables: tuple[str, ...] = ()
    kept: str = DATABASE

    @property
    def days(self) -> int:
        """The days that hold here. Raises BadPolicy where they are fewer than allowed."""
        days = int(getattr(settings, self.setting)) if self.setting else _overridden(self)
        if days < self.least:
            raise BadPolicy(f"{self.name} is kept {days} days; at least {self.least} are asked for")
        return days

    def cutoff(self, at: datetime) -> datetime:
        """Return the moment before which rows are due at `at`."""
        return at - timedelta(days=self.days)


@cache
def policies() -> dict[str, Policy]:
    """Return every policy by the name of its class."""
    return {
        name: Policy(
            name,
            spec["title"],
            spec["days"],
            spec.get("setting", ""),
            spec["reason"],
            spec.get("least", 0),
            tuple(spec.get("tables", ())),
            spec.get("kept", DATABASE),
        )
        for name, spec in _declared()["classes"].items()
    }


def version() -> str:
    """Return what the policy in force is known by: the table's number and a digest of all its days."""
    days = {name: policy.days for name, policy in sorted(policies().items())}
    digest = hashlib.sha256(json.dumps([days, settings.RETENTION_NOTICE_DAYS]).encode()).hexdigest()
    return f"{_declared()['version']}-{digest[:12]}"


@cache
def _declared() -> Any:
    return yaml.safe_load(DATA.read_text())


def _overridden(policy: Policy) -> int:
    return overrides(settings.RETENTION_FILE).get(policy.name, policy.default_days)


@cache
def overrides(file: str) -> Mapping[str, int]:
    """Return the days by class that a file of this installation says. Raises BadPolicy."""
    if not file:
        return {}
    try:
        said = yaml.safe_load(Path(file).read_text())
        found = {str(name): int(days) for name, days in said["classes"].items()}
    except (OSError, yaml.YAMLError, TypeError, KeyError, ValueError, AttributeError) as exc:
        raise BadPolicy(
            "the file of THROUGHLINE_RETENTION_FILE holds no table `classes: {name: days}`"
        ) from exc
    for name in found:
        known = policies().get(name)
        if known is None or known.kept != DATABASE:
            raise BadPolicy(f"{name} is no class of data that is kept here")
        if known.setting:
            raise BadPolicy(f"{name} has a setting of its own, THROUGHLINE_{known.setting}")
    return found
