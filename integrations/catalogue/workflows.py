"""The workflows that events may speak of. The domain that follows them declares them here as it starts.

So the edge can refuse a step that nobody follows, item by item, without knowing that domain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DeclaredWorkflow:
    """What the edge must know of a workflow."""

    name: str
    instance: str  # the kind of key that names one of its transactions
    steps: frozenset[str]


_declared: dict[str, DeclaredWorkflow] = {}


def declare(workflow: DeclaredWorkflow) -> None:
    """Make a workflow known; the last declaration of a name holds."""
    _declared[workflow.name] = workflow


def declared() -> Mapping[str, DeclaredWorkflow]:
    """Return every declared workflow by name."""
    return MappingProxyType(_declared)
