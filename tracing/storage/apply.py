"""Fold what was received into the store: one pass, always in the same order, each statement once.

Events, then orphans, then transactions, then identifiers: every pass takes its locks in this order of tables
and sorted within each, so two passes never wait for each other in a ring.
"""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, transaction

from integrations.ingest import records
from integrations.ingest.records import Event
from integrations.models import Connector
from observability.core.copying import Ids, Staging
from tracing import declarations
from tracing.storage import (
    after_retention,
    aliases,
    bodies,
    facts,
    fallbacks,
    hear,
    keys,
    repoint,
    resolve,
    settle,
    stages,
    wordings,
)
from tracing.storage.calendars import Calendars
from tracing.storage.codes import table
from tracing.storage.facts import Stated
from tracing.storage.heard import Heard, Received, merge
from tracing.storage.rehome import Rehomed, rehome, write_history

LOCK_EVENTS = """
    INSERT INTO event
    SELECT e.* FROM unnest(%(ids)b) s(event_id) JOIN event e USING (event_id) ORDER BY e.event_id
    ON CONFLICT (event_id) DO UPDATE SET format = event.format
"""
WORKFLOWS = """
    SELECT uuid_send(t.id), t.workflow FROM unnest(%(ids)b) s(id) JOIN transaction t ON t.id = s.id
"""
TOUCH_ORPHANS = """
    UPDATE orphan o SET looked_at = %(at)s
      FROM unnest(%(tokens)b) s(token) JOIN orphan_token t USING (token)
     WHERE o.event_id = t.event_id AND o.workflow = t.workflow
"""


def staging() -> Staging:
    """Return a binary cursor on Django's connection; Django's own bind on the client and speak text only."""
    connection.ensure_connection()
    return Staging(connection.connection)


def grants() -> dict[int, frozenset[int]]:
    """Return the facilities of each connector."""
    found: dict[int, set[int]] = {}
    for connector_id, facility_id in Connector.facilities.through.objects.values_list(
        "connector_id", "facility_id"
    ):
        found.setdefault(connector_id, set()).add(facility_id)
    return {connector_id: frozenset(ids) for connector_id, ids in found.items()}


def apply(rows: Sequence[Received], *, at: int, seek: Iterable[bytes] = ()) -> None:
    """Apply received rows inside the caller's database transaction; leaves its counts on each row.

    `seek`: tokens whose waiting or bound orphans are to be looked at again. `at` is now, in microseconds.
    """
    with staging() as cursor:
        stages.prepare(cursor)
        merged = merge(rows)
        renaming = any(aliases.speaks_of_names(heard.event) for heard in merged.events.values())
        aliases.lock(cursor, alone=renaming)
        hear.keep_spans(cursor, merged)
        hear.keep_gauges(cursor, merged)
        news = hear.keep_events(cursor, merged)
        said = [heard.event for heard in news.apply] + merged.beaten
        fallbacks.introduce(cursor, (heard.event for heard in news.apply))
        wanted = {*seek, *_repoint(cursor, news.apply, news.replaced, at)}
        if news.apply or wanted:
            _follow(cursor, news, wanted, at)
        # Last: another pass with the same new identifier waits from here to the end of this one.
        issuers, words = keys.introduce(cursor, said), wordings.introduce(cursor, said)
        transaction.on_commit(lambda: _remember(issuers, words))


def _follow(cursor: Staging, news: hear.News, wanted: set[bytes], at: int) -> None:
    """Bring what follows from new events, and from the names that are looked for, up to date."""
    bodies.tell(cursor, news.apply)
    gone = resolve.forget(cursor, bodies.told(cursor, news.replaced))
    indirect = resolve.resolve(cursor, news.apply, at=at, grants=grants(), seek=wanted)
    gone += indirect.remove
    stated = _directly(news.apply) + _indirectly(cursor, news.apply, indirect.add)
    _count_waiting(news.apply, stated)
    _settle(cursor, stated, gone, at)


def _remember(issuers: set[keys.Issuer], words: set[int]) -> None:
    keys.remember_issuers(issuers)
    wordings.remember(words)


def apply_again(
    event_ids: Sequence[bytes], *, at: int, quarantined: set[int], remap_id: int | None = None
) -> Rehomed:
    """Apply stored events anew inside the caller's transaction, placed by the crosswalk as it stands.

    What a quarantined credential said goes. Answers what was placed elsewhere; `remap_id` says why.
    """
    with staging() as cursor:
        stages.prepare(cursor)
        stored = bodies.read(cursor, event_ids)
        aliases.lock(cursor, alone=any(aliases.speaks_of_names(each.event) for each in stored.values()))
        # The locks of a first pass, in its order: events, then orphans, then transactions.
        cursor.execute(LOCK_EVENTS, {"ids": Ids(stored)})
        stored = bodies.read(cursor, stored)  # nobody changes them any more
        rehomed = rehome(cursor, stored.values())
        told = bodies.told(cursor, rehomed.was)
        fallbacks.introduce(cursor, (each.event for each in stored.values()))
        news = [each for each in stored.values() if each.row.credential_id not in quarantined]
        seek = _repoint(cursor, news, rehomed.before, at)
        bodies.tell(cursor, stored.values())
        write_history(cursor, rehomed, told, stored, at=records.moment(at), remap_id=remap_id)
        stranded = resolve.stranded(cursor, rehomed.before)
        gone = resolve.forget(cursor, bodies.told(cursor, rehomed.before))
        # Who asks for this may want missed ones bound, so names that are known are looked for as well.
        indirect = resolve.resolve(cursor, news, at=at, grants=grants(), seek=seek | _names(news))
        resolve.keep_stranded(cursor, stranded)
        stated = _directly(news) + _indirectly(cursor, news, indirect.add)
        _settle(cursor, stated, gone + indirect.remove, at)
        keys.introduce(cursor, rehomed.moved)
        return rehomed


def _names(heard: Iterable[Heard]) -> set[bytes]:
    """Return the tokens and traces that events carry."""
    events = [each.event for each in heard]
    traces = {event.trace_id for event in events if event.trace_id is not None}
    return traces.union(key.token for event in events for key in event.keys)


def _repoint(cursor: Staging, heard: Iterable[Heard], before: Mapping[bytes, Event], at: int) -> set[bytes]:
    """Keep what is said about names and put right what follows; return the tokens that orphans are to be
    looked for by. Changing names without being alone waits for the others; the drain survives a deadlock."""
    changed = aliases.keep(cursor, heard, before)
    if not changed:
        return set()
    aliases.lock(cursor, alone=True)
    found = repoint.repointed(cursor, changed)
    _settle(cursor, _stated(found.events, found.add), found.remove, at)
    repoint.retell(cursor, found.events.values())
    return found.names | keys.rebuild(cursor, found.transactions)


def _directly(news: Iterable[Heard]) -> list[Stated]:
    codes = table()
    return [
        facts.state(h.event, b, b.direct, h.row, codes)
        for h in news
        for b in h.event.bindings
        if b.direct is not None
    ]


def _indirectly(cursor: Staging, news: Iterable[Heard], add: list[tuple[bytes, bytes, str]]) -> list[Stated]:
    """State the facts of rebinding; events that came earlier are read back."""
    if not add:
        return []
    here = {h.event.event_id: h for h in news}
    missing = {event_id for _, event_id, _ in add} - here.keys()
    if missing:
        earlier = bodies.read(cursor, missing)
        bodies.tell(cursor, earlier.values())
        here |= earlier
    return _stated(here, add)


def _stated(here: Mapping[bytes, Heard], add: list[tuple[bytes, bytes, str]]) -> list[Stated]:
    codes = table()
    return [
        facts.state(heard.event, facts.binding_in(heard.event, workflow), transaction_id, heard.row, codes)
        for heard, transaction_id, workflow in ((here[event_id], t, w) for t, event_id, w in add)
    ]


def _count_waiting(news: Iterable[Heard], stated: list[Stated]) -> None:
    """Count the events that no transaction has yet; one that misses only a second workflow is no orphan."""
    bound = {each.event.event_id for each in stated}
    for heard in news:
        if heard.event.event_id not in bound and heard.event.bindings:
            heard.row.orphans += 1


def _settle(cursor: Staging, stated: list[Stated], gone: list[resolve.Pair], at: int) -> None:
    touched = {s.transaction_id: s.workflow for s in stated}
    touched |= _workflows(cursor, {t for t, _ in gone} - touched.keys())
    if not touched:
        return
    calendars = Calendars()
    drafts = _drafts(stated, {t for t, _ in gone}, calendars)
    fresh = settle.lock(cursor, touched, drafts)
    purged = after_retention.among(cursor, (each for each, is_new in fresh.items() if is_new))
    if purged:
        stated = after_retention.refuse(cursor, stated, purged)
        fresh = {each: is_new for each, is_new in fresh.items() if each not in purged}
        touched = {each: touched[each] for each in fresh}
    if not touched:
        return
    existing = {each for each, is_new in fresh.items() if not is_new}
    if gone:
        facts.remove(cursor, gone)
    facts.write(cursor, stated)
    keys.write(cursor, stated, existing=existing)
    if gone:
        _revisit(cursor, keys.rebuild(cursor, {t for t, _ in gone}), at)
    # A transaction made in this pass has the facts of this pass only: nobody else can have written to it.
    known, superseded = settle.read_facts(cursor, existing)
    written = {each: drafts[each] for each in fresh.keys() - existing if each in drafts}
    known |= {each: [] for each in fresh.keys() - existing - written.keys()}
    for each in stated:
        if each.transaction_id not in existing and each.transaction_id not in written:
            known[each.transaction_id].append(facts.as_row(each))
    settled = settle.fold_all(known, touched, calendars) | written
    settle.write(cursor, settled, existing=existing, written=written.keys(), superseded=superseded, at=at)


def _drafts(stated: list[Stated], losing: set[bytes], calendars: Calendars) -> dict[bytes, settle.Settled]:
    """Fold what seems to begin in this pass from the facts of this pass alone; the lock says if it does."""
    first = declarations.first_steps()
    begun = {
        each.transaction_id: each.workflow
        for each in stated
        if each.effect == "completes" and each.binding.step == first.get(each.workflow)
    }
    known: settle.Facts = {each: [] for each in begun if each not in losing}
    for each in stated:
        if each.transaction_id in known:
            known[each.transaction_id].append(facts.as_row(each))
    return settle.fold_all(known, begun, calendars)


def _workflows(cursor: Staging, transaction_ids: set[bytes]) -> dict[bytes, str]:
    if not transaction_ids:
        return {}
    return dict(cursor.execute(WORKFLOWS, {"ids": Ids(transaction_ids)}))


def _revisit(cursor: Staging, tokens: set[bytes], at: int) -> None:
    """A key may have gone from here: have the sweeper look again at the orphans it concerned."""
    cursor.execute(TOUCH_ORPHANS, {"at": records.moment(at), "tokens": Ids(tokens)})
