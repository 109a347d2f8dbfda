"""Find transactions by any identifier: the one verb behind the search box, its page and the benchmark."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from observability.accounts.scopes import Scope
from tracing.known_as import is_hidden
from tracing.pasted import Meaning, Readings
from tracing.queries import search


@dataclass(frozen=True, slots=True)
class Hub:
    """An identifier that names too many transactions to tell anything about one of them."""

    token: UUID
    meaning: Meaning
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a pasted value names in a scope. Hubs are told, never expanded."""

    ids: tuple[UUID, ...]
    hubs: tuple[Hub, ...]
    by: Mapping[UUID, str] = field(
        default_factory=dict
    )  # a transaction -> the kind of its matching identifier
    tokens: tuple[UUID, ...] = ()  # the readings that named something


def find(*, scope: Scope, readings: Readings, hub_size: int) -> Found:
    """Return what any reading names in scope; the answer is the same whether more exists or not."""
    named = search.named_by(scope=scope, tokens=readings.tokens)
    hubs = {token for token, ids in named.items() if len(ids) > hub_size}
    ids = {each for token, found in named.items() if token not in hubs for each in found}
    if readings.id is not None:
        ids |= search.seen(scope=scope, ids=[readings.id])
        ids |= set(search.traced_by(scope=scope, trace_id=readings.id)[:hub_size])
    by = {
        each: readings.tokens[token].kind
        for token, found in named.items()
        if token not in hubs and not is_hidden(readings.tokens[token].kind)
        for each in found
    }
    return Found(
        ids=tuple(sorted(ids)), hubs=tuple(_hubs(readings, hubs, named)), by=by, tokens=tuple(sorted(named))
    )


def _hubs(readings: Readings, hubs: Iterable[UUID], named: dict[UUID, list[UUID]]) -> Iterable[Hub]:
    for token in sorted(hubs):
        yield Hub(token=token, meaning=readings.tokens[token], count=len(named[token]))
