"""The kinds of reference entities as declared: fields, what each means, what belongs to what. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from integrations.catalogue.register_fields import Field

DATA = Path(__file__).parent / "data" / "reference.yaml"
VERSIONED = ("name", "parent", "owner", "owner_user", "steward")  # columns of a version; the rest are values
BEFORE_FIELDS, AFTER_FIELDS = ("code", "name"), ("source", "owner", "owner_user", "steward")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reference entity; `parent` is the kind that its entities belong to, or none.

    `numbered`: others may know one by a number as long as a person's. `people`: one may be a person.
    """

    name: str
    label: str
    plural: str
    means: str
    parent: str
    fields: tuple[Field, ...]
    numbered: bool
    people: bool

    def field(self, name: str) -> Field:
        """Return the field of this name. Raises KeyError."""
        return {spec.name: spec for spec in self.fields}[name]


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every kind by name, in the order in which one may refer to another."""
    told: Mapping[str, Any] = yaml.safe_load(DATA.read_text())
    return {name: _kind(name, spec, told) for name, spec in told["kinds"].items()}


def _kind(name: str, spec: Mapping[str, Any], told: Mapping[str, Any]) -> Kind:
    shared, above = told["shared"], spec.get("parent")
    fields = [_field(each, shared[each]) for each in BEFORE_FIELDS]
    if above:
        more = {key: value for key, value in above.items() if key != "kind"}
        fields.append(_field("parent", told["parent"] | more))
    fields += [_field(each, said) for each, said in spec["fields"].items()]
    fields += [_field(each, shared[each]) for each in AFTER_FIELDS]
    parent = above["kind"] if above else ""
    numbered, people = spec.get("numbered", False), spec.get("people", False)
    return Kind(name, spec["label"], spec["plural"], spec["means"], parent, tuple(fields), numbered, people)


def _field(name: str, spec: Mapping[str, Any]) -> Field:
    return Field(
        name=name,
        label=spec["label"],
        reads=spec.get("reads", "text"),
        help=spec["means"],
        choices=spec.get("choices", {}),
        required=spec.get("required", False),
        longest=spec.get("longest", 120),
        unit=spec.get("unit", ""),
        source=spec["from"],
        once=spec.get("once", False),
    )
