"""Who keeps something under the sealing keys: asked before a key goes, told when a new one came.

Each package registers what it keeps as it starts, so that the lowest layer need not know them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of thing that is kept sealed. `uses` counts what stands under each key id."""

    name: str
    uses: Callable[[], Mapping[str, int]]


_kept: dict[str, Sealed] = {}


def register(kept: Sealed) -> None:
    """Make a kind known; the last registration of a name holds."""
    _kept[kept.name] = kept


def uses() -> dict[str, dict[str, int]]:
    """Return by name what stands under each key id, in the order of registration.

    Whoever passes something on registers before the one who takes it: then nothing is missed that moves
    from the one to the other between the two questions.
    """
    return {name: dict(kept.uses()) for name, kept in _kept.items()}
