"""Replace the id key, while nothing runs: every token and transaction id is made anew from its sealed value.

One database transaction: either all of it stands under the new key, or nothing has changed.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from integrations.catalogue.key_kinds import kinds
from integrations.ingest.records import Alias, Binding, Event, Key, decode_event, encode
from integrations.models import Inbox, InboxParked
from observability.accounts import audit
from observability.core import db_roles, keyring, seal, tokens
from observability.core.resealing import opened
from observability.core.seal import CannotOpen
from tracing import declarations
from tracing.models import Event as StoredEvent
from tracing.models import Identifier
from tracing.storage import aliases

BATCH = 2_000
# Audit rows are never rewritten; the others hold ids of events and spans only, or nothing that is read again.
LEFT_ALONE = ("audit_row", "earlier_name", "span", "inbox", "inbox_parked", "idempotency_key", "gauge")
COLUMNS = """
    SELECT c.relname, a.attname, t.typname = '_uuid'
      FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND t.typname IN ('uuid', '_uuid') AND a.attnum > 0 AND NOT a.attisdropped
       AND c.relname <> ALL(%s)
     ORDER BY 1, 2
"""
ONE = "UPDATE {table} t SET {column} = m.new FROM earlier_name m WHERE t.{column} = m.old"
MANY = """
    UPDATE {table} t
       SET {column} = ARRAY(SELECT coalesce(m.new, u.e) FROM unnest(t.{column}) WITH ORDINALITY u (e, n)
                              LEFT JOIN earlier_name m ON m.old = u.e ORDER BY u.n)
     WHERE EXISTS (SELECT 1 FROM unnest(t.{column}) e JOIN earlier_name m ON m.old = e)
"""
STAGE = "CREATE TEMP TABLE rekeyed (old uuid, new uuid, sealed bytea, key_id text) ON COMMIT DROP"
FILL = "COPY rekeyed (old, new, sealed, key_id) FROM STDIN"
REMEMBER = """
    INSERT INTO earlier_name (old, new, rekeyed_at) SELECT old, new, %s FROM rekeyed ON CONFLICT DO NOTHING
"""
RESEAL = "UPDATE identifier i SET sealed = r.sealed, key_id = r.key_id FROM rekeyed r WHERE i.token = r.old"
UNSEALED = """
    SELECT count(DISTINCT k.token) FROM transaction_key k
     WHERE NOT EXISTS (SELECT 1 FROM identifier i WHERE i.token = k.token)
"""
NAMES = "SELECT old, new FROM earlier_name WHERE old = ANY(%s)"
WRITE = "UPDATE event SET body = %s WHERE event_id = %s"


class CannotRekey(Exception):
    """The id key cannot be replaced now; the words say why."""


class _DryRun(Exception):
    """All of it is taken back."""


def rekey(new_key: bytes, *, at: datetime, dry_run: bool = False) -> Counter[str]:
    """Bring everything under `new_key`; answer how many values of each column changed. Raises CannotRekey."""
    if new_key == keyring.id_key():
        raise CannotRekey("This is the id key already.")
    done: Counter[str] = Counter()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(aliases.ALONE, {"space": aliases.LOCK_SPACE})
            _check_quiet(cursor)
            done["names"] = _rename(cursor, new_key, at)
            done["event.body"] = _rewrite_bodies(cursor)
            with db_roles.purging():  # what is left of purged transactions is not the application's to change
                done += _rewrite_columns(cursor)
            audit.record(
                audit.Act.IDS_REKEYED, user=None, object_type="id_key", object_id="", at=at,
                changes=dict(done),
            )  # fmt: skip
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    return done


def _check_quiet(cursor: CursorWrapper) -> None:
    cursor.execute("LOCK TABLE inbox IN SHARE MODE")  # nothing is accepted until all of it is done
    if Inbox.objects.filter(done_at=None).exists() or InboxParked.objects.exists():
        raise CannotRekey("Requests wait or were set aside under the old key: apply or drop them first.")
    cursor.execute(UNSEALED)
    (without,) = cursor.fetchone()
    if without:
        raise CannotRekey(f"{without} keys have no sealed value to be made anew from.")


def _rename(cursor: CursorWrapper, new_key: bytes, at: datetime) -> int:
    cursor.execute(STAGE)
    # One connection does one thing at a time: read some, then write some.
    renamed = _renamed(new_key)
    while rows := list(islice(renamed, BATCH)):
        with cursor.copy(FILL) as copy:
            for row in rows:
                copy.write_row(row)
    cursor.execute(RESEAL)
    cursor.execute(REMEMBER, [at])
    return int(cursor.rowcount)


def _renamed(new_key: bytes) -> Iterator[tuple[UUID, UUID, bytes | None, str | None]]:
    """Return each token, sealed anew, and each transaction that it may name, as they were and as they are."""
    old_key, ring = keyring.id_key(), keyring.seal_keys()
    instances: dict[str, list[str]] = {}
    for name, versions in declarations.versions().items():
        for instance in {version.instance for version in versions}:
            instances.setdefault(instance, []).append(name)
    for found in Identifier.objects.order_by("token").iterator(BATCH):
        kind = kinds()[found.kind]
        try:
            clear = opened(
                token=found.token.bytes, kind=found.kind, sealed=bytes(found.sealed), kid=found.key_id
            )
        except CannotOpen as exc:
            raise CannotRekey(f"An identifier cannot be opened: its key {found.key_id} is missing.") from exc
        old, new = (kind.token(key, issuer=found.issuer, value=clear) for key in (old_key, new_key))
        if old != found.token.bytes:
            raise CannotRekey("A token is not of this id key, or its kind is spelled otherwise since.")
        sealed = seal.seal(ring.keys[ring.current], token=new, kind=found.kind, value=clear)
        yield found.token, UUID(bytes=new), sealed, ring.current
        named = {"kind": found.kind, "issuer": found.issuer, "value": kind.normalise(clear)}
        for workflow in instances.get(found.kind, ()):
            ids = [tokens.transaction_id(key, workflow=workflow, **named) for key in (old_key, new_key)]
            yield UUID(bytes=ids[0]), UUID(bytes=ids[1]), None, None


def _rewrite_columns(cursor: CursorWrapper) -> Counter[str]:
    done: Counter[str] = Counter()
    cursor.execute(COLUMNS, [list(LEFT_ALONE)])
    for table, column, many in cursor.fetchall():
        statement = sql.SQL(MANY if many else ONE)
        cursor.execute(statement.format(table=sql.Identifier(table), column=sql.Identifier(column)))
        if cursor.rowcount:
            done[f"{table}.{column}"] = cursor.rowcount
    return done


def _rewrite_bodies(cursor: CursorWrapper) -> int:
    changed = 0
    after = UUID(int=0)
    while True:
        rows = list(
            StoredEvent.objects.filter(event_id__gt=after)
            .order_by("event_id")
            .values_list("event_id", "body")[:BATCH]
        )
        if not rows:
            return changed
        after = rows[-1][0]
        events = {event_id: decode_event(bytes(body)) for event_id, body in rows}
        wanted = {UUID(bytes=name) for event in events.values() for name in _names_of(event)}
        cursor.execute(NAMES, [sorted(wanted)])
        names = {old.bytes: new.bytes for old, new in cursor.fetchall()}
        written = [
            (encode(now), event_id)
            for event_id, event in events.items()
            if (now := _under(event, names)) != event
        ]
        cursor.executemany(WRITE, written)
        changed += len(written)


def _names_of(event: Event) -> Iterable[bytes]:
    fallbacks = event.origin.fallbacks if event.origin else ()
    yield from (key.token for key in (*event.keys, *fallbacks))
    yield from (*event.part_opens, *event.part_refers)
    for binding in event.bindings:
        yield from (*binding.via, *filter(None, (binding.direct, binding.default)))
    for alias in event.aliases:
        yield from filter(None, (alias.old, alias.new, alias.within))


def _under(event: Event, names: Mapping[bytes, bytes]) -> Event:
    """Return the event under other names; what is not among them stays."""

    def now(name: Any) -> Any:
        return names.get(name, name)

    def keys_of(keys: tuple[Key, ...]) -> tuple[Key, ...]:
        return tuple(msgspec.structs.replace(key, token=now(key.token)) for key in keys)

    def binding_of(b: Binding) -> Binding:
        via = tuple(map(now, b.via))
        return msgspec.structs.replace(b, direct=now(b.direct), via=via, default=now(b.default))

    def alias_of(a: Alias) -> Alias:
        return msgspec.structs.replace(a, old=now(a.old), new=now(a.new), within=now(a.within))

    origin = event.origin
    if origin is not None:
        origin = msgspec.structs.replace(origin, fallbacks=keys_of(origin.fallbacks))
    return msgspec.structs.replace(
        event,
        keys=keys_of(event.keys),
        bindings=tuple(map(binding_of, event.bindings)),
        aliases=tuple(map(alias_of, event.aliases)),
        part_opens=tuple(map(now, event.part_opens)),
        part_refers=tuple(map(now, event.part_refers)),
        origin=origin,
    )
