"""Step two of a pass: find the transactions of events that name them only indirectly, and rebind them
when a key that came later says otherwise. The rows of `orphan` are locked before any transaction is."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg

from integrations.ingest import records
from integrations.ingest.records import Event
from observability.core.copying import moment, uuids
from tracing.rules.binding import bind
from tracing.storage import stages
from tracing.storage.heard import Heard

Cursor = psycopg.Cursor[Any]

FORGET_ORPHANS = """
    WITH gone AS (
        DELETE FROM orphan o USING stage_event_id s WHERE o.event_id = s.event_id
        RETURNING o.event_id, o.bound
    )
    SELECT uuid_send(g.event_id), uuid_send(b) FROM gone g, unnest(g.bound) b
"""
FORGET_TOKENS = "DELETE FROM orphan_token t USING stage_event_id s WHERE t.event_id = s.event_id"
# Inserting or touching the row is the lock: whoever holds it decides what the event is bound to.
# A sweep keeps the moment of the last look, or it would find its own rows again for ever.
LOCK_ORPHANS = """
    INSERT INTO orphan (event_id, workflow, mode, tokens, default_id, connector_id, facility_id, received_at,
                        bound, ambiguous, looked_at)
    SELECT * FROM (
        SELECT * FROM stage_orphan
        UNION ALL
        SELECT o.event_id, o.workflow, o.mode, o.tokens, o.default_id, o.connector_id, o.facility_id,
               o.received_at, o.bound, o.ambiguous, coalesce(%(at)s::timestamptz, o.looked_at)
          FROM orphan o
         WHERE (o.event_id, o.workflow) IN (
                   SELECT t.event_id, t.workflow FROM stage_token s JOIN orphan_token t USING (token)
               )
    ) every ORDER BY event_id, workflow
    ON CONFLICT (event_id, workflow) DO UPDATE SET looked_at = excluded.looked_at
    RETURNING uuid_send(event_id), workflow, mode, tokens, default_id, connector_id, bound, ambiguous
"""
INSERT_TOKENS = """
    INSERT INTO orphan_token (token, event_id, workflow)
    SELECT * FROM stage_orphan_token ORDER BY token, event_id, workflow
    ON CONFLICT DO NOTHING
"""
# A hub would bind everything to everything; one more than the limit is enough to know it for one.
CANDIDATES = """
    SELECT uuid_send(s.token), k.workflow, uuid_send(k.transaction_id), t.facility_id
      FROM stage_token s
      JOIN transaction_key k ON k.token = s.token AND k.direct
      JOIN transaction t ON t.id = k.transaction_id
    UNION ALL
    SELECT uuid_send(s.token), k.workflow, uuid_send(k.transaction_id), t.facility_id
      FROM stage_token s
      JOIN transaction_trace k ON k.trace_id = s.token AND k.direct
      JOIN transaction t ON t.id = k.transaction_id
     LIMIT %(limit)s
"""
CANDIDATE_LIMIT = 200_000
UPDATE_ORPHANS = """
    UPDATE orphan o SET bound = s.bound, ambiguous = s.ambiguous
      FROM stage_orphan s
     WHERE o.event_id = s.event_id AND o.workflow = s.workflow
"""

Pair = tuple[bytes, bytes]  # transaction id, event id
# An event, its workflow, mode, tokens in order of priority, and the transaction of last resort.
NewOrphan = tuple[Heard, str, str, tuple[bytes, ...], bytes | None]


class Indirect(msgspec.Struct):
    """What rebinding comes to: facts to add and facts to take away."""

    add: list[tuple[bytes, bytes, str]]  # transaction id, event id, workflow
    remove: list[Pair]


def forget(cursor: Cursor, replaced: dict[bytes, Event]) -> list[Pair]:
    """Drop the bindings of versions that no longer hold; return the facts that must go with them."""
    if not replaced:
        return []
    stages.EVENT_ID.load(cursor, ([event_id] for event_id in replaced))
    pairs = [(transaction_id, event_id) for event_id, transaction_id in cursor.execute(FORGET_ORPHANS)]
    cursor.execute(FORGET_TOKENS)
    for event_id, event in replaced.items():
        pairs += [(b.direct, event_id) for b in event.bindings if b.direct is not None]
    return pairs


def _new_orphans(news: Iterable[Heard]) -> list[NewOrphan]:
    # The trace is the weakest link, so it comes last.
    return [
        (h, b.workflow, b.mode, b.via + ((h.event.trace_id,) if h.event.trace_id else ()), b.default)
        for h in news
        for b in h.event.bindings
        if b.direct is None
    ]


def _known_here(news: Iterable[Heard]) -> dict[bytes, set[tuple[str, bytes, int]]]:
    """The keys that this pass itself is about to write."""
    known: dict[bytes, set[tuple[str, bytes, int]]] = defaultdict(set)
    for heard in news:
        event = heard.event
        for b in event.bindings:
            if b.direct is None:
                continue
            for key in event.keys:
                known[key.token].add((b.workflow, b.direct, event.facility_id))
            if event.trace_id:
                known[event.trace_id].add((b.workflow, b.direct, event.facility_id))
    return known


def resolve(
    cursor: Cursor,
    news: list[Heard],
    *,
    at: int,
    grants: dict[int, frozenset[int]],
    seek: Iterable[bytes] = (),
) -> Indirect:
    """Bind the new indirect events and rebind the earlier ones that the new keys (or `seek`) concern.

    `grants`: the facilities of each connector; an event never reaches a transaction beyond its sender's.
    """
    fresh = _new_orphans(news)
    known = _known_here(news)
    stages.ORPHAN.load(cursor, (_orphan_row(orphan, at) for orphan in fresh))
    stages.TOKEN.load(cursor, ([token] for token in {*known, *seek}))
    locked = cursor.execute(LOCK_ORPHANS, {"at": records.moment(at) if news else None}).fetchall()
    if not locked:
        return Indirect([], [])
    stages.ORPHAN_TOKEN.load(
        cursor,
        {(token, h.event.event_id, workflow) for h, workflow, _, tokens, _ in fresh for token in tokens},
    )
    cursor.execute(INSERT_TOKENS)
    stages.TOKEN.load(cursor, ([token] for token in {t.bytes for row in locked for t in row[3]}))
    for token, workflow, transaction_id, facility_id in cursor.execute(
        CANDIDATES, {"limit": CANDIDATE_LIMIT}
    ):
        known[token].add((workflow, transaction_id, facility_id))
    return _rebind(cursor, locked, known, grants, at)


def _orphan_row(orphan: NewOrphan, at: int) -> tuple[Any, ...]:
    heard, workflow, mode, tokens, default = orphan
    return (
        heard.event.event_id, workflow, mode, uuids(tokens), default, heard.row.connector_id,
        heard.event.facility_id, moment(heard.row.received_at), uuids(()), False, moment(at),
    )  # fmt: skip


def _rebind(
    cursor: Cursor,
    locked: list[tuple[Any, ...]],
    known: dict[bytes, set[tuple[str, bytes, int]]],
    grants: dict[int, frozenset[int]],
    at: int,
) -> Indirect:
    result = Indirect([], [])
    changed = []
    for event_id, workflow, mode, tokens, default, connector_id, bound, was_ambiguous in locked:
        granted = grants.get(connector_id, frozenset())
        candidates = {
            t.bytes: frozenset(i for w, i, f in known.get(t.bytes, ()) if w == workflow and f in granted)
            for t in tokens
        }
        wanted = bind(
            mode=mode,
            tokens=[t.bytes for t in tokens],
            default=default.bytes if default else None,
            known=candidates,
        )
        had = {b.bytes for b in bound}
        result.add += [(t, event_id, workflow) for t in wanted.transactions if t not in had]
        result.remove += [(t, event_id) for t in had.difference(wanted.transactions)]
        if had != set(wanted.transactions) or wanted.ambiguous != was_ambiguous:
            changed.append((event_id, workflow, mode, uuids(()), None, connector_id, 0, moment(at),
                            uuids(wanted.transactions), wanted.ambiguous, moment(at)))  # fmt: skip
    if changed:
        stages.ORPHAN.load(cursor, changed)
        cursor.execute(UPDATE_ORPHANS)
    return result
