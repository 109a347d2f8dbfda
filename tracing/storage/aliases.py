"""What merges, moves and their undoing say, as it is kept; and events as they read under today's names."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from integrations.ingest.records import Binding, Event, Key
from observability.core.copying import Ids, Staging, moment, unmoment
from tracing.rules.aliases import Alias, Names
from tracing.storage import stages
from tracing.storage.heard import Heard

LOCK_SPACE = 7_203
# Whoever re-points keys is alone: every other pass reads what names stand for before it locks anything.
SHARE = "SELECT pg_advisory_xact_lock_shared(%(space)s, 0)"
ALONE = "SELECT pg_advisory_xact_lock(%(space)s, 0)"
# Where nothing was ever merged or moved, nobody need be asked for.
ANY = "SELECT 1 FROM key_alias LIMIT 1"
FROM = """
    SELECT uuid_send(a.event_id), uuid_send(a.old), uuid_send(a.new), uuid_send(a.within),
           timestamptz_send(a.occurred_at), a.sequence
      FROM unnest(%(names)b) s(name) JOIN key_alias a ON a.old = s.name
     WHERE NOT EXISTS (SELECT 1 FROM key_alias_undone u WHERE u.undoes = a.event_id)
"""
KEPT = """
    SELECT uuid_send(event_id), uuid_send(old), uuid_send(new), uuid_send(within)
      FROM key_alias WHERE event_id = ANY(%(ids)b)
"""
FORGET = "DELETE FROM key_alias WHERE event_id = ANY(%(ids)b)"
INSERT = """
    INSERT INTO key_alias (event_id, old, new, within, kind, workflow, facility_id, type, occurred_at,
                           sequence, received_at, connector_id)
    SELECT * FROM stage_alias ORDER BY event_id, old
"""
UNDONE = "SELECT uuid_send(event_id), uuid_send(undoes) FROM key_alias_undone WHERE event_id = ANY(%(ids)b)"
FORGET_UNDONE = "DELETE FROM key_alias_undone WHERE event_id = ANY(%(ids)b)"
INSERT_UNDONE = """
    INSERT INTO key_alias_undone (event_id, undoes, occurred_at, received_at, connector_id)
    SELECT * FROM stage_undone ORDER BY event_id
"""

Renaming = tuple[bytes, bytes, bytes, bytes | None]  # event id, old, new, within


def speaks_of_names(event: Event) -> bool:
    """Say whether an event renames something, or takes such a thing back."""
    return bool(event.aliases) or event.undoes is not None


def lock(cursor: Staging, *, alone: bool) -> None:
    """Keep what names stand for as it is until this transaction ends; `alone` to change it.

    Taken before anything else of a pass, so it cannot be part of a ring of waits.
    """
    cursor.execute(ALONE if alone else SHARE, {"space": LOCK_SPACE})


def names(cursor: Staging, events: Iterable[Event]) -> Names:
    """Return what the keys and transactions that these events name stand for."""
    found: list[Alias] = []
    seen: set[bytes] = set()
    wanted = _named_in(events) if cursor.execute(ANY).fetchall() else set()
    while wanted:
        seen |= wanted
        rows = cursor.execute(FROM, {"names": Ids(wanted)}).fetchall()
        found += [
            Alias(event_id, old, new, within, unmoment(at), sequence)
            for event_id, old, new, within, at, sequence in rows
        ]
        wanted = {name for row in rows for name in row[2:4] if name is not None} - seen
    return Names(found)


def _named_in(events: Iterable[Event]) -> set[bytes]:
    named: set[bytes | None] = set()
    for event in events:
        named.update([key.token for key in event.keys])
        for binding in event.bindings:
            named.add(binding.direct)
            named.add(binding.default)
            if binding.via:
                named.update(binding.via)
    return {name for name in named if name is not None}


def renamed(event: Event, known: Names) -> Event:
    """Return the event as it reads today: at the transactions and under the keys that its own stand for.

    The keys that it was sent with stay beside them, as former ones: who searches for them finds it.
    """
    if not known:
        return event
    carried = frozenset(key.token for key in event.keys)
    keys: dict[bytes, Key] = {}
    for key in event.keys:
        token = known.now(key.token, carried)
        if token != key.token:
            keys.setdefault(key.token, msgspec.structs.replace(key, former=True))
            key = msgspec.structs.replace(key, token=token, last="", sealed=b"", seal_key="")
        keys[token] = key
    bindings = tuple(_rebound(binding, known, carried) for binding in event.bindings)
    return msgspec.structs.replace(event, keys=tuple(keys.values()), bindings=bindings)


def _rebound(binding: Binding, known: Names, carried: frozenset[bytes]) -> Binding:
    def now(name: bytes | None) -> bytes | None:
        return None if name is None else known.now(name, carried)

    # What answers a whole set answers it as it was sent; its numbers are still those of its claims.
    via = binding.via
    if binding.mode == "one":
        via = tuple(dict.fromkeys(known.now(token, carried) for token in via))
    return msgspec.structs.replace(binding, direct=now(binding.direct), default=now(binding.default), via=via)


def keep(cursor: Staging, heard: Iterable[Heard], before: Mapping[bytes, Event]) -> set[bytes]:
    """Keep what new events say about names, and no longer what the events of `before` did; return the names
    that this concerns, empty where nothing changes. The caller is alone."""
    said = [each for each in heard if speaks_of_names(each.event)]
    ids = {each.event.event_id for each in said}
    ids |= {event_id for event_id, event in before.items() if speaks_of_names(event)}
    if not ids:
        return set()
    return _keep_aliases(cursor, said, ids) | _keep_undone(cursor, said, ids)


def _keep_aliases(cursor: Staging, said: list[Heard], ids: set[bytes]) -> set[bytes]:
    now: dict[Renaming, tuple[Any, ...]] = {
        (each.event.event_id, alias.old, alias.new, alias.within): (
            each.event.event_id, alias.old, alias.new, alias.within, alias.kind, alias.workflow,
            each.event.facility_id, each.event.type, moment(each.event.occurred_at), each.event.sequence,
            moment(each.row.received_at), each.row.connector_id,
        )
        for each in said
        for alias in each.event.aliases
    }  # fmt: skip
    was: set[Renaming] = set(cursor.execute(KEPT, {"ids": Ids(ids)}).fetchall())
    if was:
        cursor.execute(FORGET, {"ids": Ids(ids)})
    if now:
        stages.ALIAS.load(cursor, now.values())
        cursor.execute(INSERT)
    # Another version of an event may differ in its moment only, and so in which of two contradictions wins.
    return {name for renaming in was | now.keys() for name in renaming[1:] if name is not None}


def _keep_undone(cursor: Staging, said: list[Heard], ids: set[bytes]) -> set[bytes]:
    now = {
        (each.event.event_id, each.event.undoes): (
            each.event.event_id, each.event.undoes, moment(each.event.occurred_at),
            moment(each.row.received_at), each.row.connector_id,
        )
        for each in said
        if each.event.undoes is not None
    }  # fmt: skip
    was = set(cursor.execute(UNDONE, {"ids": Ids(ids)}).fetchall())
    if was:
        cursor.execute(FORGET_UNDONE, {"ids": Ids(ids)})
    if now:
        stages.UNDONE.load(cursor, now.values())
        cursor.execute(INSERT_UNDONE)
    undone = {undoes for _, undoes in was | now.keys()}
    rows = cursor.execute(KEPT, {"ids": Ids(undone)}).fetchall() if undone else []
    return {name for row in rows for name in row[1:] if name is not None}
