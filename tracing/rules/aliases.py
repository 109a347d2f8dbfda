"""Pure: what a name stands for after merges, moves and what was undone of them.

A *name* is 16 bytes: the token of a key, or the id of a transaction that this key names. An *alias* says that
one name has another from now on; with `within` it holds only for events that carry that key, as when one stay
moves to another account. What a name stands for is a function of the set of aliases, whatever came first.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class Alias(msgspec.Struct, frozen=True, gc=False):
    """One name that has another, as one event says. `at` in microseconds UTC."""

    event_id: bytes
    old: bytes
    new: bytes
    within: bytes | None
    at: int
    sequence: int

    @property
    def rank(self) -> tuple[int, int, bytes]:
        """Its place among aliases that contradict each other: the last one holds."""
        return self.at, self.sequence, self.event_id


class Standing(StrEnum):
    """What became of one alias."""

    HOLDS = "holds"
    OVERRULED = "overruled"  # a later one gives the same name to another
    CIRCULAR = "circular"  # later ones lead back to the old name, which therefore stays


class Names:
    """A set of aliases (those that were undone left out), ready to be asked."""

    def __init__(self, aliases: Iterable[Alias]) -> None:
        self._of: dict[bytes, list[Alias]] = {}
        for alias in aliases:
            self._of.setdefault(alias.old, []).append(alias)

    def __bool__(self) -> bool:
        return bool(self._of)

    def now(self, name: bytes, carried: frozenset[bytes] = frozenset()) -> bytes:
        """Return what `name` stands for in an event that carries these keys."""
        if name not in self._of:
            return name
        return self._follow(name, frozenset(self._follow(key, frozenset()) for key in carried))

    def standing(self, alias: Alias) -> Standing:
        """Return what became of an alias of this set."""
        rivals = (each for each in self._of[alias.old] if each.within == alias.within)
        if max(rivals, key=lambda each: each.rank) != alias:
            return Standing.OVERRULED
        held = frozenset() if alias.within is None else frozenset((self._follow(alias.within, frozenset()),))
        return Standing.CIRCULAR if self._follow(alias.old, held) == alias.old else Standing.HOLDS

    def _follow(self, name: bytes, held: frozenset[bytes]) -> bytes:
        path: dict[bytes, Alias] = {}
        while (step := self._step(name, held)) is not None:
            if name in path:
                return _end_of_circle(path, name)
            path[name] = step
            name = step.new
        return name

    def _step(self, name: bytes, held: frozenset[bytes]) -> Alias | None:
        """Return the alias that holds for a name: one meant for this very event comes before one for all."""
        meant = [
            each
            for each in self._of.get(name, ())
            if each.within is None or (held and self._follow(each.within, frozenset()) in held)
        ]
        return max(meant, key=lambda each: (each.within is not None, each.rank), default=None)


def _end_of_circle(path: dict[bytes, Alias], name: bytes) -> bytes:
    """Return the name that a circle comes to: the one whose alias is oldest; the others overrule it."""
    circle = [path[name]]
    while circle[-1].new != name:
        circle.append(path[circle[-1].new])
    return min(circle, key=lambda each: each.rank).old
