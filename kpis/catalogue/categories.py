"""The categories of denial, as the table of adjustment reasons declares them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from integrations import catalogue

TABLE = Path(catalogue.__file__).parent / "data" / "carc.yaml"


@dataclass(frozen=True, slots=True)
class Category:
    """One reason for denial: its words, and who usually acts first."""

    key: str
    title: str
    owner: str
    action: str


@cache
def denial_categories() -> dict[str, Category]:
    """Return the categories that count as denied, in the order of the table."""
    declared = yaml.safe_load(TABLE.read_text())["categories"]
    return {
        key: Category(key, spec["title"], spec["owner"], spec["action"])
        for key, spec in declared.items()
        if spec["denial"]
    }
