"""Step six of a pass: under which identifiers and traces each transaction is known."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from integrations.catalogue.key_kinds import kinds
from integrations.ingest.records import Event, decode_event, every_key
from observability.core.copying import Ids, Staging, moment
from tracing.storage import aliases, stages
from tracing.storage.facts import Stated

# What is there already is not offered again: a conflict would lock the row, and a lock is a write. Who holds
# the transaction is alone with its keys.
#
# What events say that name the transaction themselves decides whether a key is a former one; what the others
# say decides only where none of these carries it. An event that is bound through a key carries that key, and
# would otherwise keep it current for ever after it was moved away.
INSERT_KEYS = """
    INSERT INTO transaction_key (token, transaction_id, workflow, kind, linking, direct, former)
    SELECT s.token, s.transaction_id, s.workflow, s.kind, s.linking, s.direct, s.former
      FROM stage_key s
     WHERE s.fresh
        OR NOT EXISTS (
               SELECT 1 FROM transaction_key k
                WHERE k.token = s.token AND k.transaction_id = s.transaction_id
                  AND ((k.direct AND NOT s.direct)
                       OR (k.direct = s.direct AND (s.former OR NOT k.former))))
     ORDER BY s.token, s.transaction_id
    ON CONFLICT (token, transaction_id) DO UPDATE
       SET direct = excluded.direct, former = excluded.former
     WHERE (excluded.direct AND NOT transaction_key.direct)
        OR (excluded.direct = transaction_key.direct AND transaction_key.former AND NOT excluded.former)
"""
INSERT_IDENTIFIERS = """
    INSERT INTO identifier (token, kind, issuer, last, sealed, key_id)
    SELECT token, kind, issuer, last, sealed, key_id FROM stage_identifier ORDER BY token
    ON CONFLICT (token) DO NOTHING
"""
INSERT_TRACES = """
    INSERT INTO transaction_trace (trace_id, transaction_id, workflow, direct, first_at, last_at)
    SELECT trace_id, transaction_id, min(workflow), bool_or(direct), min(first_at), max(last_at)
      FROM stage_trace GROUP BY trace_id, transaction_id ORDER BY trace_id, transaction_id
    ON CONFLICT (trace_id, transaction_id) DO UPDATE
       SET first_at = least(transaction_trace.first_at, excluded.first_at),
           last_at = greatest(transaction_trace.last_at, excluded.last_at),
           direct = transaction_trace.direct OR excluded.direct
     WHERE excluded.first_at < transaction_trace.first_at
        OR excluded.last_at > transaction_trace.last_at
        OR (excluded.direct AND NOT transaction_trace.direct)
"""
INSERT_ISSUERS = """
    INSERT INTO key_issuer (kind, issuer, facility_id)
    SELECT * FROM unnest(%(kinds)s::text[], %(issuers)s::text[], %(facilities)s::int[])
     ORDER BY 1, 2, 3
    ON CONFLICT (kind, issuer, facility_id) DO NOTHING
"""
# A fact was taken away: what else vouches for each key is told by the events that remain.
DELETE_KEYS = """
    DELETE FROM transaction_key k USING unnest(%(ids)b) s(id) WHERE k.transaction_id = s.id
    RETURNING uuid_send(k.token)
"""
DELETE_TRACES = """
    DELETE FROM transaction_trace k USING unnest(%(ids)b) s(id) WHERE k.transaction_id = s.id
    RETURNING uuid_send(k.trace_id)
"""
REMAINING = """
    SELECT uuid_send(f.transaction_id), f.workflow, f.direct, e.body
      FROM unnest(%(ids)b) s(id) JOIN fact f ON f.transaction_id = s.id JOIN event e USING (event_id)
"""
# Issuers already written by this process; the table is small and only ever grows.
Issuer = tuple[str, str, int]  # the kind of key, who issues it, and the facility
_issuers_known: set[Issuer] = set()


def introduce(cursor: Staging, events: Sequence[Event]) -> set[Issuer]:
    """Write the sealed forms and issuers of the keys of new events, also of those that wait for their
    transaction: what is kept of an event itself has no seals.

    Those that nobody is shown are sealed too: who moves an event to another facility numbers it anew. Answers
    the issuers that this process had not written before.
    """
    shared = {kind.name for kind in kinds().values() if kind.hidden and not kind.within_facility}
    sealed = {
        key.token: key
        for event in events
        for key in every_key(event)
        if key.sealed and key.kind not in shared  # what was read back has no seal
    }
    if sealed:
        stages.IDENTIFIER.load(
            cursor, ((k.token, k.kind, k.issuer, k.last, k.sealed, k.seal_key) for k in sealed.values())
        )
        cursor.execute(INSERT_IDENTIFIERS)
    seen = {(key.kind, key.issuer, event.facility_id) for event in events for key in event.keys}
    new = seen - _issuers_known
    _write_issuers(cursor, new)
    return new


def write(cursor: Staging, stated: list[Stated], *, existing: AbstractSet[bytes]) -> None:
    """Add the keys and traces of new facts; `existing` are the transactions that other passes made."""
    _stage_keys(cursor, ((s.transaction_id, s.workflow, s.direct, s.event) for s in stated), existing)


def rebuild(cursor: Staging, transaction_ids: Iterable[bytes]) -> set[bytes]:
    """Write keys and traces anew from the facts that remain; return every token that was or is there."""
    ids = {"ids": Ids(sorted(transaction_ids))}
    tokens = {row[0] for row in cursor.execute(DELETE_KEYS, ids)} | {
        row[0] for row in cursor.execute(DELETE_TRACES, ids)
    }
    remaining = [(t, w, d, decode_event(body)) for t, w, d, body in cursor.execute(REMAINING, ids)]
    names = aliases.names(cursor, (event for _, _, _, event in remaining))
    remaining = [(t, w, d, aliases.renamed(event, names)) for t, w, d, event in remaining]
    _stage_keys(cursor, remaining, {t for t, _, _, _ in remaining})
    for _, _, _, event in remaining:
        tokens.update(key.token for key in event.keys)
    return tokens


def _stage_keys(
    cursor: Staging, facts: Iterable[tuple[bytes, str, bool, Event]], existing: AbstractSet[bytes]
) -> None:
    keys: dict[tuple[bytes, bytes], tuple[Any, ...]] = {}
    traces: list[tuple[Any, ...]] = []
    within = {kind.name for kind in kinds().values() if kind.within_facility}
    for transaction_id, workflow, direct, event in facts:
        # What is said to a whole set reaches claims of several facilities: none may learn another's numbers.
        to_all = not direct and any(b.mode == "all" for b in event.bindings if b.workflow == workflow)
        for key in event.keys:
            if to_all and key.kind in within:
                continue
            place = (key.token, transaction_id)
            known = keys.get(place)
            if known is not None and known[-2] != direct:
                if known[-2]:
                    continue
                known = None
            # Of equals one that still knows it by this key is enough for it to be no former one.
            if known is None or (known[-1] and not key.former):
                keys[place] = (key.token, transaction_id, workflow, key.kind, key.linking, direct, key.former)
        if event.trace_id is not None:
            traces.append(
                (
                    event.trace_id,
                    transaction_id,
                    workflow,
                    direct,
                    moment(event.occurred_at),
                    moment(event.ended_at),
                )
            )
    if keys:
        stages.KEY.load(cursor, ((*row, row[1] not in existing) for row in keys.values()))
        cursor.execute(INSERT_KEYS)
    if traces:
        stages.TRACE.load(cursor, traces)
        cursor.execute(INSERT_TRACES)


def _write_issuers(cursor: Staging, new: set[Issuer]) -> None:
    if not new:
        return
    kinds, issuers, facilities = (list(column) for column in zip(*sorted(new), strict=True))
    cursor.execute(INSERT_ISSUERS, {"kinds": kinds, "issuers": issuers, "facilities": facilities})


def remember_issuers(new: set[Issuer]) -> None:
    """Take note, once the pass is committed, of the issuers it wrote."""
    _issuers_known.update(new)


def forget_issuers() -> None:
    """Drop that memory: the database behind it is another one (tests, a restored backup)."""
    _issuers_known.clear()
