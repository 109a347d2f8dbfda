"""Place stored events by the crosswalk as it stands: the first step of folding them again."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

import msgspec

from integrations.catalogue.key_kinds import kinds
from integrations.ingest import crosswalks
from integrations.ingest.keys import Named, named_key
from integrations.ingest.records import Event, Word, encode, micros, unsealed
from integrations.ingest.rehome import CannotMove, Numbers, Placing, placed, placing, within_facility
from integrations.models import Connector, Facility
from observability.core.copying import Ids, Staging, moment
from observability.core.keyring import id_key, seal_keys
from observability.core.resealing import opened
from observability.core.seal import CannotOpen
from tracing.rules.aliases import Names
from tracing.storage import after_retention, aliases, fallbacks, frozen, stages
from tracing.storage.heard import Heard

IDENTIFIERS = """
    SELECT uuid_send(i.token), i.kind, i.sealed, i.key_id
      FROM unnest(%(ids)b) s(token) JOIN identifier i USING (token)
"""
WRITE_LEFT = """
    INSERT INTO event_move (event_id, facility_id)
    SELECT event_id, facility_id FROM unnest(%(ids)b, %(facilities)s::int[]) s(event_id, facility_id)
     ORDER BY event_id
    ON CONFLICT DO NOTHING
"""
BOUND = """
    SELECT uuid_send(o.event_id), uuid_send(b)
      FROM unnest(%(ids)b) s(event_id) JOIN orphan o USING (event_id), unnest(o.bound) b
"""
WRITE_BODIES = """
    UPDATE event e SET body = s.body, ended_at = s.ended_at FROM stage_body s WHERE e.event_id = s.event_id
"""
WRITE_MOVES = """
    INSERT INTO transaction_move (transaction_id, earlier_id, field, was, now, at, remap_id)
    SELECT DISTINCT transaction_id, earlier_id, field, was, now, at, remap_id FROM stage_move
     ORDER BY transaction_id, earlier_id, field, was, now
    ON CONFLICT DO NOTHING
"""


class Rehomed(msgspec.Struct):
    """What became of stored events: as they were, as they are, and why some stay."""

    before: dict[bytes, Event]
    moved: list[Event]
    refused: Counter[str]

    @property
    def was(self) -> dict[bytes, Event]:
        """Those that have moved, as they were."""
        return {each.event_id: self.before[each.event_id] for each in self.moved}


def rehome(cursor: Staging, stored: Iterable[Heard]) -> Rehomed:
    """Place these events anew and write those that differ; each `Heard` then holds its event as placed.

    The caller holds their locks.
    """
    crosswalk, connectors = crosswalks.load(), _connectors()
    result = Rehomed({}, [], Counter())
    placings: list[tuple[Heard, Placing]] = []
    for heard in stored:
        result.before[heard.event.event_id] = heard.event
        default_id, granted = connectors.get(heard.row.connector_id, (0, frozenset()))
        try:
            there = placing(heard.event, crosswalk, default_id=default_id, granted=granted)
        except CannotMove as exc:
            result.refused[exc.code] += 1
            continue
        if there is not None:
            placings.append((heard, there))
    numbers = Numbers(id_key(), _clear(cursor, placings), _maker())
    moving: list[tuple[Heard, Event]] = []
    for heard, there in placings:
        try:
            now = placed(heard.event, there, numbers)
        except CannotMove as exc:
            result.refused[exc.code] += 1
            continue
        if now != heard.event:
            moving.append((heard, now))
    names = aliases.names(cursor, chain.from_iterable((heard.event, now) for heard, now in moving))
    anew = _named_anew(names, moving)
    purged = after_retention.among(cursor, set().union(*anew.values()))
    leaving = _leaving(cursor, names, moving)
    kept = frozen.among(cursor, [(id, at) for ids, at in leaving.values() for id in sorted(ids)])
    for heard, now in moving:
        if purged & anew[now.event_id]:
            result.refused[after_retention.KIND] += 1  # there it would be counted and not kept
            continue
        if now.event_id in leaving and kept & leaving[now.event_id][0]:
            result.refused[frozen.KIND] += 1
            continue
        heard.event = now
        result.moved.append(now)
    if result.moved:
        _write(cursor, result)
    return result


def _leaving(
    cursor: Staging, names: Names, moving: Sequence[tuple[Heard, Event]]
) -> dict[bytes, tuple[set[bytes], int]]:
    """Return of each event that goes to another facility the transactions that it is told of, here and there,
    and that facility. What only follows its transaction stays with it."""
    going = {
        now.event_id: (heard, now) for heard, now in moving if now.facility_id != heard.event.facility_id
    }
    bound: dict[bytes, set[bytes]] = {}
    for event_id, transaction_id in cursor.execute(BOUND, {"ids": Ids(sorted(going))}) if going else ():
        bound.setdefault(event_id, set()).add(transaction_id)

    def told_of(event: Event) -> set[bytes]:
        told = aliases.renamed(event, names).bindings
        return {id for b in told for id in (b.direct, b.default) if id is not None}

    return {
        id: (told_of(heard.event) | told_of(now) | bound.get(id, set()), now.facility_id)
        for id, (heard, now) in going.items()
    }


def _named_anew(names: Names, moving: Sequence[tuple[Heard, Event]]) -> dict[bytes, set[bytes]]:
    """Return which transactions each event names only where it goes, also by what they were merged into."""

    def named_by(event: Event) -> set[bytes]:
        told = (*event.bindings, *aliases.renamed(event, names).bindings)
        return {id for b in told for id in (b.direct, b.default) if id is not None}

    return {now.event_id: named_by(now) - named_by(heard.event) for heard, now in moving}


def _connectors() -> dict[int, tuple[int, frozenset[int]]]:
    """Return the fallback and the grant of each connector."""
    granted: dict[int, set[int]] = {}
    for connector_id, facility_id in Connector.facilities.through.objects.values_list(
        "connector_id", "facility_id"
    ):
        granted.setdefault(connector_id, set()).add(facility_id)
    return {
        pk: (facility_id, frozenset(granted.get(pk, ())))
        for pk, facility_id in Connector.objects.values_list("pk", "facility_id")
    }


def _maker() -> Callable[[str, str, str], Named]:
    ring, key = seal_keys(), id_key()

    @cache
    def make(kind: str, issuer: str, value: str) -> Named:
        return named_key(kinds()[kind], issuer, value, key, ring.keys[ring.current], ring.current)

    return make


def _clear(cursor: Staging, placings: Iterable[tuple[Heard, Placing]]) -> dict[bytes, str]:
    """Open the keys of the events that go to another facility, and of no others."""
    wanted = {
        key.token
        for heard, there in placings
        if there.place.id != heard.event.facility_id
        for key in within_facility(heard.event)
    }
    clear: dict[bytes, str] = {}
    if wanted:
        for token, kind, sealed, kid in cursor.execute(IDENTIFIERS, {"ids": Ids(sorted(wanted))}):
            try:
                clear[token] = opened(token=token, kind=kind, sealed=sealed, kid=kid)
            except CannotOpen:
                continue  # counted as refused
    return clear


def _write(cursor: Staging, done: Rehomed) -> None:
    stages.BODY.load(cursor, ((e.event_id, moment(e.ended_at), encode(unsealed(e))) for e in done.moved))
    cursor.execute(WRITE_BODIES)
    # What it was known by goes when nobody else is. Where one names no transaction, others need the seal.
    was = {
        key.token for each in done.was.values() if any(b.direct for b in each.bindings) for key in each.keys
    }
    loose = was - {key.token for each in done.moved for key in each.keys}
    cursor.execute(after_retention.LOOSEN, {"tokens": Ids(sorted(loose))})
    cursor.execute(fallbacks.FORGET, {"ids": Ids(sorted(done.was))})
    here = {each.event_id: each.facility_id for each in done.moved}
    left = [(id, each.facility_id) for id, each in sorted(done.was.items()) if each.facility_id != here[id]]
    if left:
        asked = {"ids": Ids(id for id, _ in left), "facilities": [facility for _, facility in left]}
        cursor.execute(WRITE_LEFT, asked)


def write_history(
    cursor: Staging,
    done: Rehomed,
    before: Mapping[bytes, Event],
    stored: Mapping[bytes, Heard],
    *,
    at: datetime,
    remap_id: int | None,
) -> None:
    """Write what the mapping changed about each transaction, by the names that these have after merges."""
    codes = dict(Facility.objects.values_list("pk", "code"))
    moves = [
        (*each, moment(micros(at)), remap_id)
        for event in done.moved
        for each in _moves(before[event.event_id], stored[event.event_id].event, codes)
    ]
    if moves:
        stages.MOVE.load(cursor, moves)
        cursor.execute(WRITE_MOVES)


def _codes(event: Event) -> tuple[Word, ...]:
    return event.origin.codes if event.origin else ()


def _moves(was: Event, now: Event, codes: Mapping[int, str]) -> list[tuple[Any, ...]]:
    """Return what changed for each transaction that the event itself names."""
    changed = [
        (name, before or "", after or "")
        for name, before, after in (
            ("facility", codes[was.facility_id], codes[now.facility_id]),
            ("department", was.department, now.department),
            ("payer", was.payer, now.payer),
            *((w.field, was.attributes.get(w.field), now.attributes.get(w.field)) for w in _codes(now)),
        )
        if before != after
    ]
    earlier = {b.workflow: b.direct for b in was.bindings}
    return [
        (b.direct, earlier[b.workflow], name, before, after)
        for b in now.bindings
        if b.direct is not None and earlier.get(b.workflow) is not None
        for name, before, after in changed
    ]
