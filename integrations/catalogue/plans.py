"""What a file or a form says, and what that would do: shown first, then done just so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Protocol, TypeVar


class Changed(Protocol):
    """What becomes of one entry: a dataclass, so that it can be kept as JSON."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def code(self) -> str:
        """The entry."""

    @property
    def what(self) -> str:
        """One of added, changed, ended."""


ChangeT = TypeVar("ChangeT", bound=Changed)


class StalePlan(Exception):
    """What is there says something else by now than when the plan was made, or the plan was applied."""


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as a file or a form says it. A field that is not named stays as it is."""

    number: int
    sort: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that cannot be taken."""

    number: int
    code: str
    field: str


@dataclass(frozen=True)
class Plan(Generic[ChangeT]):
    """What rows would do; `unchanged` counts what already is as they say."""

    changes: list[ChangeT] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    unchanged: int = 0
