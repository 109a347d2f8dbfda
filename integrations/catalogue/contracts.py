"""Event contracts: YAML files, checked against a schema, compiled into fast validators and extractors.

A file that is wrong stops the process at start with the file's name and the place in it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from integrations.catalogue import glossary, key_kinds, reference_kinds
from integrations.catalogue.code_kinds import code_kinds
from integrations.catalogue.contract_parts import (
    EFFECTS,
    MODES,
    Aliases,
    AliasRule,
    Choice,
    CodeRule,
    Effect,
    KeyRule,
    Source,
    Template,
    Undoes,
    WithinRule,
)

PACKAGE = Path(__file__).parent / "contracts"
SCHEMA = Path(__file__).parent / "data" / "contract_schema.yaml"
CACHED_SHAPES = 256  # of one contract's events: which fields they have

_TEXT = {"type": "string", "minLength": 1, "maxLength": 120}
# Fields that every event may carry; contracts need not repeat them.
COMMON: dict[str, dict[str, Any]] = {
    "facility": {"type": "string", "minLength": 1, "maxLength": 20},
    "facility_ids": {
        "type": "array",
        "maxItems": 16,
        "items": {
            "type": "object",
            "required": ["authority", "code"],
            "properties": {
                "authority": {"type": "string", "minLength": 1, "maxLength": 40},
                "code": {"type": "string", "minLength": 1, "maxLength": 80},
            },
        },
    },
    "issuer": _TEXT,
    "sequence": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "observed_at": {"type": "string", "maxLength": 40},
    "interface": _TEXT,
    "system": _TEXT,
    "date_only": {"type": "boolean"},
    "local_time": {"type": "boolean"},
    "flags": {
        "type": "array",
        "maxItems": 16,
        "items": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,59}$"},
    },
}


class BadContract(ImproperlyConfigured):
    """A contract file cannot be used; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of one type of business event, compiled."""

    name: str
    version: int
    title: str
    data_class: str
    schema: dict[str, Any]
    is_valid: Any  # (data) -> bool
    known: frozenset[str]  # every field of data that may be read; others are dropped and counted
    keys: tuple[KeyRule, ...]
    keys_of: Callable[[tuple[str, ...]], tuple[KeyRule, ...]]  # by the fields of an event
    fact: dict[str, Source]
    lines: str | None
    attributes: tuple[str, ...]
    codes: tuple[CodeRule, ...]
    part_opens: frozenset[str]
    part_refers: frozenset[str]
    effects: tuple[Effect, ...]
    aliases: Aliases | None
    undoes: Undoes | None
    examples: tuple[dict[str, Any], ...]
    told: dict[str, glossary.Told]  # what each field is for

    @property
    def type(self) -> str:
        """The CloudEvents `type`."""
        return f"{self.name}.v{self.version}"

    @property
    def named(self) -> tuple[KeyRule, ...]:
        """Every key that such an event may name, those it renames included."""
        return self.keys + (self.aliases.keys if self.aliases else ())


@cache
def contracts() -> dict[str, Contract]:
    """Return every contract by type, ours and the customer's. Raises BadContract."""
    folders = [PACKAGE] + ([Path(settings.CONTRACTS_DIR)] if settings.CONTRACTS_DIR else [])
    files = [file for folder in folders for file in sorted(folder.glob("*.yaml"))]
    found: dict[str, Contract] = {}
    for file in files:
        contract = _load(file)
        if contract.type in found:
            raise BadContract(f"{file.name}: {contract.type} is declared twice")
        found[contract.type] = contract
    return found


def registers() -> list[tuple[str, str]]:
    """Return kind and name of each register whose numbers messages name and the reference data holds."""
    rules = (rule for each in contracts().values() for rule in each.codes)
    kept = {
        (kind.name, spec.name)
        for kind in reference_kinds.kinds().values()
        for spec in kind.fields
        if spec.once
    }
    return sorted({(rule.kind.name, rule.authority) for rule in rules} & kept)


@cache
def _file_validator() -> Any:
    return jsonschema_rs.validator_for(yaml.safe_load(SCHEMA.read_text()))


def _load(file: Path) -> Contract:
    try:
        declared = yaml.safe_load(file.read_text())
    except yaml.YAMLError as exc:
        raise BadContract(f"{file.name}: not YAML: {exc}") from exc
    for error in _file_validator().iter_errors(declared):
        place = "/".join(str(part) for part in error.instance_path) or "the file"
        raise BadContract(f"{file.name}: {place}: {error.message}")
    try:
        return compile_contract(declared)
    except (ValueError, KeyError) as exc:
        raise BadContract(f"{file.name}: {exc}") from exc


def compile_contract(declared: dict[str, Any]) -> Contract:
    """Compile a declaration that has the right shape. Raises ValueError for what does not fit together."""
    schema = dict(declared["schema"])
    schema["properties"] = COMMON | schema["properties"]
    known = frozenset(schema["properties"])
    fact = dict(declared["fact"])
    lines = fact.pop("lines", None)
    keys = tuple(_key(spec, known) for spec in declared["keys"])
    attributes = tuple(declared.get("attributes", ()))
    _require(known, "attributes", attributes)
    doubled = sorted(set(attributes) & declared.get("codes", {}).keys())
    if doubled:
        raise ValueError(f"codes: {', '.join(doubled)} is an attribute already")
    part = declared.get("part", {})
    return Contract(
        name=declared["name"],
        version=declared["version"],
        title=declared["title"],
        data_class=declared["data_class"],
        schema=schema,
        is_valid=jsonschema_rs.validator_for(schema, validate_formats=True).is_valid,
        known=known,
        keys=keys,
        keys_of=_keys_of(keys),
        fact={name: _source(name, text, known) for name, text in fact.items()},
        lines=lines,
        attributes=attributes,
        codes=tuple(_code(name, spec, known) for name, spec in declared.get("codes", {}).items()),
        part_opens=frozenset(part.get("opens", ())),
        part_refers=frozenset(part.get("refers", ())),
        effects=tuple(_effect(spec, known) for spec in declared["effects"]),
        aliases=_aliases(declared["aliases"], known) if "aliases" in declared else None,
        undoes=_undoes(declared["undoes"], known) if "undoes" in declared else None,
        examples=tuple(declared.get("examples", ())),
        told=glossary.told(schema["properties"]),
    )


def _require(known: frozenset[str], what: str, fields: Iterable[str]) -> None:
    missing = sorted(set(fields) - known)
    if missing:
        raise ValueError(f"{what}: the schema has no field {', '.join(missing)}")


def _key(spec: dict[str, str], known: frozenset[str]) -> KeyRule:
    kinds = key_kinds.kinds()
    if spec["kind"] not in kinds:
        raise ValueError(f"keys: unknown kind {spec['kind']}")
    value = Template.parse(spec["value"])
    issuer = Template.parse(spec["issuer"]) if "issuer" in spec else None
    _require(known, f"key {spec['kind']}", value.fields + (issuer.fields if issuer else ()))
    return KeyRule(kinds[spec["kind"]], value, issuer)


def _keys_of(keys: tuple[KeyRule, ...]) -> Callable[[tuple[str, ...]], tuple[KeyRule, ...]]:
    # A contract has many keys and an event few of them; the events of a sender have the same fields.
    @lru_cache(maxsize=CACHED_SHAPES)
    def keys_of(fields: tuple[str, ...]) -> tuple[KeyRule, ...]:
        return tuple(rule for rule in keys if set(rule.value.fields) <= set(fields))

    return keys_of


def _code(name: str, spec: dict[str, str], known: frozenset[str]) -> CodeRule:
    _require(known, "codes", [name])
    kind = code_kinds().get(spec["kind"])
    if kind is None or not kind.is_entity:  # a department is the fact's own: a sensitive one hides its rows
        raise ValueError(f"codes: {spec['kind']} is no kind of reference entity")
    return CodeRule(name, kind, spec.get("authority", ""))


def _source(name: str, text: str, known: frozenset[str]) -> Source:
    if text.startswith("="):
        return Source(None, text[1:])
    # A basis is a word of its own (gross, paid) unless it names a field.
    if name == "basis" and text not in known:
        return Source(None, text)
    _require(known, f"fact {name}", [text])
    return Source(text, None)


def _choice(spec: str | dict[str, Any], known: frozenset[str], words: tuple[str, ...]) -> Choice:
    if isinstance(spec, str):
        spec = {"by": (), "default": spec}
    by = (spec["by"],) if isinstance(spec["by"], str) else tuple(spec["by"])
    cases = {case: word for case, word in spec.items() if case not in ("by", "default")}
    _require(known, "by", by)
    for word in [*cases.values(), *([spec["default"]] if "default" in spec else [])]:
        if word not in words:
            raise ValueError(f"{word} is none of {', '.join(words)}")
    return Choice(by, cases, spec.get("default"))


def _effect(spec: dict[str, Any], known: frozenset[str]) -> Effect:
    return Effect(
        workflow=spec["workflow"],
        step=spec["step"],
        effect=_choice(spec["effect"], known, EFFECTS),
        instance=spec.get("instance"),
        via=tuple(spec.get("via", ())),
        mode=_choice(spec.get("mode", "one"), known, MODES),
        defaults=tuple(_key(each, known) for each in _listed(spec.get("default", ()))),
    )


def _listed(said: Any) -> Any:
    return [said] if isinstance(said, dict) else said


def _aliases(spec: dict[str, Any], known: frozenset[str]) -> Aliases:
    within = spec.get("within")
    _require(known, "aliases", [spec["by"], *([within["by"]] if within else [])])
    found = Aliases(
        by=spec["by"],
        names=tuple(_alias(each, known) for each in spec["names"]),
        within_by=within["by"] if within else None,
        within=tuple(WithinRule(each["case"], _key(each, known)) for each in within["keys"])
        if within
        else (),
    )
    for rule in found.keys:
        # Its tokens hold a facility, so what is said for one can never reach the events of another.
        if not rule.kind.within_facility:
            raise ValueError(f"aliases: {rule.kind.name} is numbered across facilities")
    return found


def _alias(spec: dict[str, str], known: frozenset[str]) -> AliasRule:
    old, new = (_key(spec | {"value": spec[end]}, known) for end in ("old", "new"))
    return AliasRule(spec["case"], old, new)


def _undoes(spec: dict[str, str], known: frozenset[str]) -> Undoes:
    _require(known, "undoes", spec.values())
    return Undoes(spec["id"], spec["source"])
