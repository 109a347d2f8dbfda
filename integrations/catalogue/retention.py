"""How long each class of data is kept: one table, read by the inventory, the purge and the forecast."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

DATA = Path(__file__).parent / "data" / "retention.yaml"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long one class of data is kept, and why as long and no longer."""

    name: str
    title: str
    default_days: int
    setting: str  # of this installation, which overrides the days; empty where there is none
    reason: str

    @property
    def days(self) -> int:
        """The days that hold here."""
        return int(getattr(settings, self.setting)) if self.setting else self.default_days


@cache
def policies() -> dict[str, Policy]:
    """Return every policy by the name of its class."""
    declared = yaml.safe_load(DATA.read_text())["classes"]
    return {
        name: Policy(name, spec["title"], spec["days"], spec.get("setting", ""), spec["reason"])
        for name, spec in declared.items()
    }
