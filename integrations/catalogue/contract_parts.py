"""Pure: the compiled pieces of an event contract: templates, key rules, choices, sources, effects."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.catalogue.code_kinds import CodeKind
from integrations.catalogue.key_kinds import KeyKind

EFFECTS = ("completes", "fails", "reverses", "feeds", "cancels")
MODES = ("one", "all")
ANY_REST = "/*"
_FIELD = re.compile(r"\{([a-z_]+)\}")
Data = Mapping[str, Any]


def text_of(value: Any) -> str | None:
    """Return a scalar of event data as text; None for absent, empty and anything that is no scalar."""
    if type(value) is str:
        return value or None
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int | float):
        return str(value)
    return None


@dataclass(frozen=True, slots=True)
class Template:
    """Text with fields, such as `{claim_no}/{payer_sequence}`."""

    fields: tuple[str, ...]
    shape: str  # the text with `%s` for each field
    alone: bool  # the template is one field and nothing else

    @classmethod
    def parse(cls, text: str) -> "Template":
        """Compile a template. Raises ValueError for a brace that belongs to no field."""
        shape = _FIELD.sub("%s", text.replace("%", "%%"))
        if "{" in shape or "}" in shape:
            raise ValueError(f"{text}: a field is written as {{name}}")
        return cls(tuple(_FIELD.findall(text)), shape, shape == "%s")

    def fill(self, data: Data) -> str | None:
        """Return the text with its fields filled in; None where one of them is absent."""
        if self.alone:
            return text_of(data.get(self.fields[0]))
        found = []
        for name in self.fields:
            value = data.get(name)
            if value is None or (said := text_of(value)) is None:
                return None
            found.append(said)
        return self.shape % tuple(found)


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Where a business key of an event is found, and who issued it."""

    kind: KeyKind
    value: Template
    issuer: Template | None


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that is fixed, or chosen by one or several fields (their values joined by `/`).

    A case `first/*` is any value of the first field that has no case of its own.
    """

    by: tuple[str, ...]
    cases: dict[str, str] = field(hash=False)
    default: str | None

    def of(self, data: Data) -> str | None:
        """Return the word for this event; None where no case fits."""
        if not self.by:
            return self.default
        value = "/".join([text_of(data.get(name)) or "" for name in self.by])
        found = self.cases.get(value)
        return found or self.cases.get(value.partition("/")[0] + ANY_REST, self.default)


@dataclass(frozen=True, slots=True)
class CodeRule:
    """A field that holds a local code: of which kind, and which register issues it; "": the facility."""

    field: str
    kind: CodeKind
    authority: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value of the fact comes from: a field of the data, or a literal."""

    field: str | None
    literal: str | None

    def of(self, data: Data) -> Any:
        """Return the value for this event, None where it is absent."""
        return self.literal if self.field is None else data.get(self.field)


@dataclass(frozen=True, slots=True)
class Effect:
    """What the event does to one step of one workflow, and how it finds the transaction."""

    workflow: str
    step: str
    effect: Choice
    instance: str | None
    via: tuple[str, ...]
    mode: Choice
    defaults: tuple[KeyRule, ...]  # of last resort: the first whose fields are there


@dataclass(frozen=True, slots=True)
class AliasRule:
    """Which key a merge or move renames in one case of it: where its old and its new number are found."""

    case: str
    old: KeyRule
    new: KeyRule


@dataclass(frozen=True, slots=True)
class WithinRule:
    """Which key an event must carry for the renaming to hold for it, in one case of it."""

    case: str
    key: KeyRule


@dataclass(frozen=True, slots=True)
class Aliases:
    """What a merge or move renames; fields of the event say which case it is."""

    by: str
    names: tuple[AliasRule, ...]
    within_by: str | None
    within: tuple[WithinRule, ...]

    @property
    def keys(self) -> tuple[KeyRule, ...]:
        """Every key that such an event may name."""
        named = [rule for each in self.names for rule in (each.old, each.new)]
        return (*named, *(each.key for each in self.within))


@dataclass(frozen=True, slots=True)
class Undoes:
    """Which fields name the event that is undone: its id, and its source where that is another one."""

    id: str
    source: str
