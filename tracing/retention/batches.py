"""One batch of each stage of the purge of transactions, in the caller's database transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from integrations.ingest.records import Event, decode_event, every_key
from integrations.retention.shelves import Moved, digest
from tracing.retention import followed
from tracing.retention import statements as sql
from tracing.storage import aliases
from tracing.storage.apply import staging

Params = Mapping[str, Any]


@dataclass(slots=True)
class Taken:
    """What a batch took away, or changed."""

    counts: dict[str, int] = field(default_factory=dict)
    ids: str = ""
    oldest: datetime | None = None
    newest: datetime | None = None


def expire(ids: Sequence[UUID], params: Params) -> Taken:
    """Close open transactions that have been quiet for too long; measures are told, facts stay."""
    with connection.cursor() as cursor:
        chosen = _locked(cursor, ids, params)
        cursor.execute(sql.EXPIRED_CHANGES, {**params, "ids": chosen})
        cursor.execute(sql.EXPIRE, {**params, "ids": chosen})
        cursor.execute(sql.DELETE_HANGING.format(table="deadline"), {"ids": chosen})
    return Taken(counts={"expired": len(chosen)})


def purge(ids: Sequence[UUID], params: Params) -> Taken:
    """Delete those of `ids` that are still due under lock, and all that hangs on them; leave summaries."""
    with connection.cursor() as cursor:
        cursor.execute(aliases.SHARE, {"space": aliases.LOCK_SPACE})
        params = {**params, **followed.params()}  # no merge comes between from now on
        cursor.execute(sql.EVENTS_OF, {"ids": list(ids)})
        events = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(sql.LOCK_EVENTS, {"events": events})
        cursor.execute(sql.LOCK_ORPHANS, {"events": events})
        chosen = _locked(cursor, ids, {**params, "events": events}, still=sql.STILL_DUE)
        if not chosen:
            return Taken()
        mine = {**params, "ids": chosen}
        cursor.execute(sql.EVENTS_OF, mine)
        events = sorted(row[0] for row in cursor.fetchall())
        cursor.execute(sql.LEAVE_DAYS, mine)
        cursor.execute(sql.LEAVE_SUMMARY, mine)
        left = cursor.fetchall()
        taken = Taken(ids=digest(row[0] for row in left))
        taken.oldest, taken.newest = min(row[1] for row in left), max(row[1] for row in left)
        for table in sql.HANGING:
            cursor.execute(sql.DELETE_HANGING.format(table=table), mine)
            taken.counts[table] = cursor.rowcount
        cursor.execute(sql.DELETE_KEYS, mine)
        tokens = {row[0] for row in cursor.fetchall()}
        taken.counts["transaction_key"] = cursor.rowcount
        cursor.execute(sql.DELETE_TRANSACTIONS, mine)
        taken.counts["transaction"] = cursor.rowcount
        going, bodies = _without_transaction(cursor, events, chosen)
        taken.counts["event"] = _forget(cursor, going)
        staying = {"events": sorted(set(events) - set(going)), "ids": chosen}
        for statement in (sql.UNBOUND_TOKENS, sql.UNBOUND, sql.UNBIND):
            cursor.execute(statement, staying)
        tokens |= _tokens(bodies[each] for each in going)
        cursor.execute(sql.LOOSEN, {"tokens": sorted(tokens)})
        return taken


def unclaimed(params: Params) -> Taken | None:
    """Delete events that no transaction has claimed in all the time; None where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(sql.UNCLAIMED, params)
        found = {row[0]: row[1] for row in cursor.fetchall()}
        if not found:
            return None
        events = sorted(found)
        cursor.execute(sql.LOCK_EVENTS, {"events": events})
        cursor.execute(sql.LOCK_ORPHANS, {"events": events})
        cursor.execute(sql.STILL_UNCLAIMED, {"events": events})
        going = sorted(row[0] for row in cursor.fetchall())
        bodies = _bodies(cursor, going)
        count = _forget(cursor, going)
        cursor.execute(sql.LOOSEN, {"tokens": sorted(_tokens(bodies.values()))})
    if not going:
        raise Moved
    moments = [found[each] for each in going]
    return Taken({"event": count}, digest(map(str, going)), min(moments), max(moments))


def renamings(params: Params) -> Taken | None:
    """Delete the events of old merges and moves of keys; None where there are none."""
    with connection.cursor() as cursor:
        cursor.execute(aliases.SHARE, {"space": aliases.LOCK_SPACE})
        cursor.execute(sql.RENAMINGS, params)
        found = {row[0]: row[1] for row in cursor.fetchall()}
        if not found:
            return None
        events = sorted(found)
        cursor.execute(sql.LOCK_EVENTS, {"events": events})
        bodies = _bodies(cursor, events)
        count = _forget(cursor, events)
        cursor.execute(sql.LOOSEN, {"tokens": sorted(_tokens(bodies.values()))})
    return Taken({"event": count}, digest(map(str, events)), min(found.values()), max(found.values()))


def loosen(params: Params) -> Taken | None:
    """Delete sealed forms that nobody needs any more; None when no token is left to look at.

    Waits until no pass of the drain runs: each may be about to write a key for one of these tokens.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.LOOSE, {"limit": params["limit"] * 10})
        tokens = [row[0] for row in cursor.fetchall()]
        if not tokens:
            return None
        cursor.execute(aliases.ALONE, {"space": aliases.LOCK_SPACE})
        cursor.execute(sql.DELETE_IDENTIFIERS, {"tokens": tokens})
        gone = [row[0] for row in cursor.fetchall()]
        cursor.execute(sql.TAKE_TOKENS, {"tokens": tokens})
    return Taken({"identifier": len(gone)}, digest(gone) if gone else "")


def _locked(
    cursor: CursorWrapper, ids: Sequence[UUID], params: Params, *, still: str = sql.STILL_QUIET
) -> list[UUID]:
    """Lock transactions in the drain's order; return which of them still meet the condition. Raises Moved."""
    cursor.execute(sql.LOCK_TRANSACTIONS, {"ids": list(ids)})
    if any(made for (made,) in cursor.fetchall()):
        raise Moved
    cursor.execute(still.format(condition=params["condition"]), {**params, "ids": list(ids)})
    return [row[0] for row in cursor.fetchall()]


def _without_transaction(
    cursor: CursorWrapper, events: Sequence[UUID], purged: Sequence[UUID]
) -> tuple[list[UUID], dict[UUID, Event]]:
    """Return which of these events are about no transaction that is left, and what each of them says."""
    bodies = _bodies(cursor, events)
    with staging() as raw:
        names = aliases.names(raw, bodies.values())
    about: dict[UUID, set[UUID]] = {
        # Also under the names that merges and moves gave since.
        id: {
            UUID(bytes=b.direct)
            for b in (*event.bindings, *aliases.renamed(event, names).bindings)
            if b.direct
        }
        for id, event in bodies.items()
    }
    cursor.execute(sql.BOUND, {"events": list(events)})
    for event_id, _, bound in cursor.fetchall():
        about[event_id] |= set(bound)
    others = set().union(*about.values()) - set(purged)
    cursor.execute(sql.ALIVE, {"ids": sorted(others)})
    alive = {row[0] for row in cursor.fetchall()}
    return [id for id in events if id in bodies and not about[id] & alive], bodies


def _bodies(cursor: CursorWrapper, events: Sequence[UUID]) -> dict[UUID, Event]:
    cursor.execute(sql.BODIES, {"events": list(events)})
    return {event_id: decode_event(bytes(body)) for event_id, body in cursor.fetchall()}


def _forget(cursor: CursorWrapper, events: Sequence[UUID]) -> int:
    """Delete events with what waited for their transactions; answer how many events."""
    for statement in sql.DELETE_EVENTS:
        cursor.execute(statement, {"events": list(events)})
    return int(cursor.rowcount)


def _tokens(events: Iterable[Event]) -> set[UUID]:
    return {UUID(bytes=key.token) for event in events for key in every_key(event)}
