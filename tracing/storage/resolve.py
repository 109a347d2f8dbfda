"""Step two of a pass: find the transactions of events that name them only indirectly, and rebind them
when a key that came later says otherwise. The rows of `orphan` are locked before any transaction is."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from integrations.ingest.records import Event
from observability.core.copying import Ids, Staging, moment, uuids
from tracing.rules.binding import Bound, bind
from tracing.storage import stages
from tracing.storage.heard import Heard
from tracing.storage.new_names import new_names
from tracing.storage.wordings import wording_of

FORGET_ORPHANS = """
    WITH gone AS (
        DELETE FROM orphan o USING unnest(%(ids)b) s(event_id) WHERE o.event_id = s.event_id
        RETURNING o.event_id, o.bound
    )
    SELECT uuid_send(g.event_id), uuid_send(b) FROM gone g, unnest(g.bound) b
"""
STRANDED = """
    SELECT uuid_send(o.event_id) FROM unnest(%(ids)b) s(event_id) JOIN orphan o USING (event_id)
     WHERE o.stranded
"""
STRAND = "UPDATE orphan o SET stranded = true FROM unnest(%(ids)b) s(event_id) WHERE o.event_id = s.event_id"
FORGET_TOKENS = "DELETE FROM orphan_token t USING unnest(%(ids)b) s(event_id) WHERE t.event_id = s.event_id"
# Touching the row is the lock: whoever holds it decides what the event is bound to. No column changes, so no
# index does.
LOCK_ORPHANS = """
    INSERT INTO orphan (event_id, workflow, mode, tokens, default_id, connector_id, facility_id, received_at,
                        bound, ambiguous, looked_at, sole, stranded, wording_id)
    SELECT o.event_id, o.workflow, o.mode, o.tokens, o.default_id, o.connector_id, o.facility_id,
           o.received_at, o.bound, o.ambiguous, o.looked_at, o.sole, o.stranded, o.wording_id
      FROM orphan o
     WHERE (o.event_id, o.workflow) IN (
               SELECT t.event_id, t.workflow
                 FROM unnest(%(tokens)b) s(token) JOIN orphan_token t USING (token)
           )
     ORDER BY event_id, workflow
    ON CONFLICT (event_id, workflow) DO UPDATE SET workflow = orphan.workflow
    RETURNING uuid_send(event_id), workflow, mode, tokens, default_id, connector_id, facility_id, bound,
              ambiguous
"""
INSERT_ORPHANS = """
    INSERT INTO orphan (event_id, workflow, mode, tokens, default_id, connector_id, facility_id, received_at,
                        bound, ambiguous, looked_at, sole, stranded, wording_id)
    SELECT * FROM stage_orphan ORDER BY event_id, workflow
"""
INSERT_TOKENS = """
    INSERT INTO orphan_token (token, event_id, workflow)
    SELECT * FROM stage_orphan_token ORDER BY token, event_id, workflow
    ON CONFLICT DO NOTHING
"""
# What is meant for one is decided by two candidates; what is meant for all is bounded by the largest set
# that a sender can make. First by id, so that a bound cuts the same way in every pass.
CANDIDATES = """
    WITH found AS (
        SELECT s.token, k.workflow, k.transaction_id, t.facility_id, k.former
          FROM unnest(%(tokens)b) s(token)
          JOIN transaction_key k ON k.token = s.token AND k.direct AND (%(former)s OR NOT k.former)
          JOIN transaction t ON t.id = k.transaction_id
        UNION ALL
        SELECT s.token, k.workflow, k.transaction_id, t.facility_id, false
          FROM unnest(%(tokens)b) s(token)
          JOIN transaction_trace k ON k.trace_id = s.token AND k.direct
          JOIN transaction t ON t.id = k.transaction_id
    ), numbered AS (
        SELECT *, row_number() OVER (PARTITION BY token, workflow, facility_id ORDER BY transaction_id) AS n
          FROM found
    )
    SELECT uuid_send(token), workflow, uuid_send(transaction_id), facility_id, former
      FROM numbered WHERE n <= %(limit)s
"""
ENOUGH_FOR_ONE = 2
FAN_OUT_LIMIT = 10_000  # twice what a transaction set of claims may hold
# It may be watched under names now that another pass is writing at this moment: the sweep looks once more.
UPDATE_ORPHANS = """
    UPDATE orphan o SET bound = s.bound, ambiguous = s.ambiguous, looked_at = s.looked_at
      FROM stage_orphan s
     WHERE o.event_id = s.event_id AND o.workflow = s.workflow
"""

Pair = tuple[bytes, bytes]  # transaction id, event id
# A workflow, a transaction of it, its facility, and whether it is known so only by a former name.
Known = tuple[str, bytes, int, bool]
# An event, its workflow, mode, tokens in order of priority, and the transaction of last resort.
NewOrphan = tuple[Heard, str, str, tuple[bytes, ...], bytes | None]


class Indirect(msgspec.Struct):
    """What rebinding comes to: facts to add and facts to take away."""

    add: list[tuple[bytes, bytes, str]]  # transaction id, event id, workflow
    remove: list[Pair]


def forget(cursor: Staging, replaced: dict[bytes, Event]) -> list[Pair]:
    """Drop the bindings of versions that no longer hold; return the facts that must go with them."""
    if not replaced:
        return []
    ids = {"ids": Ids(replaced)}
    pairs = [(transaction_id, event_id) for event_id, transaction_id in cursor.execute(FORGET_ORPHANS, ids)]
    cursor.execute(FORGET_TOKENS, ids)
    for event_id, event in replaced.items():
        pairs += [(b.direct, event_id) for b in event.bindings if b.direct is not None]
    return pairs


def stranded(cursor: Staging, event_ids: Iterable[bytes]) -> set[bytes]:
    """Return which of these events somebody was told of because they waited too long."""
    return {row[0] for row in cursor.execute(STRANDED, {"ids": Ids(event_ids)})}


def keep_stranded(cursor: Staging, event_ids: set[bytes]) -> None:
    """Let nobody be told again of events that wait anew."""
    if event_ids:
        cursor.execute(STRAND, {"ids": Ids(sorted(event_ids))})


def new_orphans(news: Iterable[Heard]) -> list[NewOrphan]:
    """Return what these events name only indirectly."""
    # The trace is the weakest link, so it comes last. An event for all of a set is not for all of a trace:
    # one trace may carry a whole file, and a rejected set would fail claims that it never held.
    return [
        (
            h,
            b.workflow,
            b.mode,
            b.via + ((h.event.trace_id,) if h.event.trace_id and b.mode == "one" else ()),
            b.default,
        )
        for h in news
        for b in h.event.bindings
        if b.direct is None
    ]


def _known_here(direct: Iterable[Event], wanted: AbstractSet[bytes]) -> dict[bytes, set[Known]]:
    """The transactions that this pass is about to make known under wanted names."""
    known: dict[bytes, set[Known]] = defaultdict(set)
    for event in direct:
        said = [(key.token, key.former) for key in event.keys if key.token in wanted]
        if event.trace_id is not None and event.trace_id in wanted:
            said.append((event.trace_id, False))
        for token, former in said:
            known[token].update(
                (b.workflow, b.direct, event.facility_id, former)
                for b in event.bindings
                if b.direct is not None
            )
    return known


def resolve(
    cursor: Staging,
    news: list[Heard],
    *,
    at: int,
    grants: dict[int, frozenset[int]],
    seek: Iterable[bytes] = (),
) -> Indirect:
    """Bind the new indirect events and rebind the earlier ones that the new keys (or `seek`) concern.

    `grants`: the facilities of each connector; an event never reaches a transaction beyond its sender's.
    """
    new = new_orphans(news)
    direct = [h.event for h in news if any(b.direct is not None for b in h.event.bindings)]
    concerned = {"tokens": Ids(new_names(cursor, direct).union(seek))}
    earlier = [_earlier(row) for row in cursor.execute(LOCK_ORPHANS, concerned)]
    orphans = [fresh(orphan) for orphan in new] + earlier
    if not orphans:
        return Indirect([], [])
    known = _known_here(direct, {token for each in orphans for token in each.tokens})
    # What this pass is about to write is known already; the rest is asked for.
    for mode, limit in (("one", ENOUGH_FOR_ONE), ("all", FAN_OUT_LIMIT)):
        tokens = {token for each in orphans if each.mode == mode for token in each.tokens}
        if tokens:
            asked = {"tokens": Ids(tokens), "limit": limit, "former": mode == "all"}
            for token, *candidate in cursor.execute(CANDIDATES, asked):
                known[token].add((*candidate,))
    return _rebind(cursor, orphans, known, grants, at)


class Waiting(msgspec.Struct, gc=False):
    """An indirect event in one workflow; `row` is what is to be inserted where it is new."""

    event_id: bytes
    workflow: str
    mode: str
    tokens: tuple[bytes, ...]
    default: bytes | None
    connector_id: int
    facility_id: int
    bound: frozenset[bytes]
    ambiguous: bool
    row: tuple[Any, ...] | None


def fresh(orphan: NewOrphan) -> Waiting:
    """Return such an event as one that is bound to nothing yet."""
    heard, workflow, mode, tokens, default = orphan
    sole = all(b.direct is None for b in heard.event.bindings)
    row = (heard.event.facility_id, moment(heard.row.received_at), sole, wording_of(heard.event))
    return Waiting(
        heard.event.event_id, workflow, mode, tokens, default, heard.row.connector_id,
        heard.event.facility_id, frozenset(), False, row,
    )  # fmt: skip


def _earlier(row: tuple[Any, ...]) -> Waiting:
    event_id, workflow, mode, tokens, default, connector_id, facility_id, bound, ambiguous = row
    return Waiting(
        event_id=event_id,
        workflow=workflow,
        mode=mode,
        tokens=tuple(token.bytes for token in tokens),
        default=default.bytes if default else None,
        connector_id=connector_id,
        facility_id=facility_id,
        bound=frozenset(each.bytes for each in bound),
        ambiguous=ambiguous,
        row=None,
    )


def _rebind(
    cursor: Staging,
    orphans: list[Waiting],
    known: dict[bytes, set[Known]],
    grants: dict[int, frozenset[int]],
    at: int,
) -> Indirect:
    result = Indirect([], [])
    changed: list[tuple[Waiting, Bound]] = []
    for each in orphans:
        granted = grants.get(each.connector_id, frozenset())
        if each.mode == "one":  # what is about one transaction carries keys of its own facility
            granted &= {each.facility_id}
        candidates = {
            token: frozenset(
                i
                for w, i, f, former in known[token]
                if w == each.workflow and f in granted and not (former and each.mode == "one")
            )
            for token in each.tokens
            if token in known
        }
        wanted = bind(mode=each.mode, tokens=each.tokens, default=each.default, known=candidates)
        result.add += [(t, each.event_id, each.workflow) for t in wanted.transactions if t not in each.bound]
        result.remove += [(t, each.event_id) for t in each.bound.difference(wanted.transactions)]
        if each.row or each.bound != set(wanted.transactions) or wanted.ambiguous != each.ambiguous:
            changed.append((each, wanted))
    _write(cursor, changed, at)
    return result


def _write(cursor: Staging, changed: list[tuple[Waiting, Bound]], at: int) -> None:
    """Insert the new and update the rebound; watch only the tokens that can still change the binding."""
    new = [(each, wanted) for each, wanted in changed if each.row]
    old = [(each, wanted) for each, wanted in changed if not each.row]
    for pairs, statement in ((new, INSERT_ORPHANS), (old, UPDATE_ORPHANS)):
        if pairs:
            stages.ORPHAN.load(cursor, (orphan_row(each, wanted, at) for each, wanted in pairs))
            cursor.execute(statement)
    rows = [
        (token, each.event_id, each.workflow)
        for each, wanted in changed
        for token in watched(each.tokens[: wanted.watch], each.default)
    ]
    if rows:
        stages.ORPHAN_TOKEN.load(cursor, rows)
        cursor.execute(INSERT_TOKENS)


def watched(tokens: tuple[bytes, ...], default: bytes | None) -> tuple[bytes, ...]:
    """Return the names whose change may bind an event elsewhere; one that has no key hangs on its default."""
    return tokens or ((default,) if default is not None else ())


def orphan_row(each: Waiting, wanted: Bound, at: int) -> tuple[Any, ...]:
    """Return the row that holds what an event is bound to, as looked at now."""
    facility_id, received_at, sole, wording_id = each.row or (0, 0, False, None)
    return (
        each.event_id, each.workflow, each.mode, uuids(each.tokens), each.default, each.connector_id,
        facility_id, received_at, uuids(wanted.transactions), wanted.ambiguous, moment(at), sole, False,
        wording_id,
    )  # fmt: skip
