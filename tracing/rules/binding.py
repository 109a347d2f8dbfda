"""Pure: which transactions an event belongs to that names them only indirectly."""

from collections.abc import Mapping, Sequence

import msgspec


class Bound(msgspec.Struct, frozen=True):
    """What an indirect event is bound to now; nothing and not ambiguous: it waits."""

    transactions: tuple[bytes, ...]
    ambiguous: bool = False
    watch: int = 0  # so many of its tokens can still change this: those up to the one that decided


def bind(
    *, mode: str, tokens: Sequence[bytes], default: bytes | None, known: Mapping[bytes, frozenset[bytes]]
) -> Bound:
    """Return the transactions of an event, given which tokens are `known` to which transactions.

    The first token in order of priority that anybody knows decides: one candidate is bound, several are
    ambiguous, unless the event is meant for all of them. A function of the set of keys, so the order in
    which events and keys came cannot show.
    """
    for rank, token in enumerate(tokens, start=1):
        candidates = known.get(token)
        if candidates:
            if mode == "all" or len(candidates) == 1:
                return Bound(tuple(sorted(candidates)), watch=rank)
            # What comes after it may decide once this one is known to nobody any more.
            return Bound((), ambiguous=True, watch=len(tokens))
    return Bound((default,) if default is not None else (), watch=len(tokens))
