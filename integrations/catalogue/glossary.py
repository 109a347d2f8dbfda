"""What each field that may be sent is for, and how much it tells about a person. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from observability.accounts.roles import PrivacyClass

DATA = Path(__file__).parent / "data" / "fields.yaml"


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one field; `kept` is a column where no rule says it."""

    purpose: str
    privacy_class: PrivacyClass
    kept: str = ""


@cache
def _declared() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load(DATA.read_text())
    return loaded


def _told(spec: Mapping[str, Any]) -> Told:
    return Told(spec["purpose"], PrivacyClass(spec.get("class", "business")), spec.get("kept", ""))


def told(properties: Mapping[str, Mapping[str, Any]]) -> dict[str, Told]:
    """Return what is told of each field of a contract's schema, details of its lines included.

    A field may say `purpose` and `class` itself. Raises ValueError where nobody says a purpose.
    """
    found: dict[str, Told] = {}
    for name, schema in properties.items():
        found[name] = _one(name, schema)
        if name != "facility_ids":
            details = schema.get("items", {}).get("properties", {})
            found |= {f"{name}.{detail}": _one(f"{name}.{detail}", spec) for detail, spec in details.items()}
    return found


def _one(name: str, schema: Mapping[str, Any]) -> Told:
    if "purpose" in schema:
        return _told(schema)
    spec = _declared()["fields"].get(name)
    if spec is None:
        raise ValueError(f"{name}: say its purpose, for the data inventory")
    return _told(spec)


def step_fields() -> dict[str, Told]:
    """Return what is told of the attributes that make a span a step."""
    return {name: _told(spec) for name, spec in _declared()["steps"].items()}


def span_fields() -> dict[str, Told]:
    """Return what is told of what spans and log records hold beside attributes."""
    return {name: _told(spec) for name, spec in _declared()["spans"].items()}
