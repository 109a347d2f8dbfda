"""Pure: which transactions an event belongs to that names them only indirectly."""

from collections.abc import Mapping, Sequence

import msgspec


class Bound(msgspec.Struct, frozen=True):
    """What an indirect event is bound to now; nothing and not ambiguous: it waits."""

    transactions: tuple[bytes, ...]
    ambiguous: bool = False


def bind(
    *, mode: str, tokens: Sequence[bytes], default: bytes | None, known: Mapping[bytes, frozenset[bytes]]
) -> Bound:
    """Return the transactions of an event, given which tokens are `known` to which transactions.

    The first token in order of priority that anybody knows decides: one candidate is bound, several are
    ambiguous, unless the event is meant for all of them. A function of the set of keys, so the order in
    which events and keys came cannot show.
    """
    for token in tokens:
        candidates = known.get(token)
        if candidates:
            if mode == "all" or len(candidates) == 1:
                return Bound(tuple(sorted(candidates)))
            return Bound((), ambiguous=True)
    return Bound((default,)) if default is not None else Bound(())
