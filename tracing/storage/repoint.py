"""After a merge, a move or its undoing: what is kept goes where it belongs under the new names.

The result is that of a store that knew these names from the beginning: direct facts stand at the transactions
that their events now name, the keys of all that is concerned are written anew, and events that name their
transaction only indirectly look for it by today's keys. The caller is alone (aliases.lock).
"""

from collections.abc import Iterable

import msgspec
from django.conf import settings

from observability.core.copying import Ids, Staging
from tracing.rules.binding import Bound
from tracing.storage import after_retention, bodies, resolve, stages
from tracing.storage.heard import Heard

NEIGHBOURS = """
    SELECT uuid_send(old), uuid_send(new), uuid_send(within)
      FROM key_alias
     WHERE old = ANY(%(names)b) OR new = ANY(%(names)b) OR within = ANY(%(names)b)
"""
# As an id, a name is a transaction; as a token, it is known to some. Served by both primary keys.
CONCERNED = """
    SELECT uuid_send(id) FROM transaction WHERE id = ANY(%(names)b)
    UNION
    SELECT uuid_send(transaction_id) FROM transaction_key WHERE token = ANY(%(names)b)
    LIMIT %(limit)s
"""
FACTS = """
    SELECT uuid_send(f.transaction_id), uuid_send(f.event_id), f.workflow, f.direct
      FROM unnest(%(ids)b) s(id) JOIN fact f ON f.transaction_id = s.id
"""
WAITING = "SELECT DISTINCT uuid_send(event_id) FROM orphan_token WHERE token = ANY(%(names)b)"

# Under other names an event looks for its transaction by other tokens; what it is bound to follows.
RETELL = """
    UPDATE orphan o SET tokens = s.tokens, default_id = s.default_id
      FROM stage_orphan s
     WHERE o.event_id = s.event_id AND o.workflow = s.workflow
"""
FORGET_WATCHED = """
    DELETE FROM orphan_token t USING stage_orphan s
     WHERE t.event_id = s.event_id AND t.workflow = s.workflow
"""
WATCH_ALL = """
    INSERT INTO orphan_token (token, event_id, workflow)
    SELECT s.token, s.event_id, s.workflow
      FROM stage_orphan_token s JOIN orphan o USING (event_id, workflow)
     ORDER BY token, event_id, workflow
"""


class CannotRepoint(Exception):
    """What a merge, move or undoing asks for cannot be done; its request is set aside for a person."""


class TooWide(CannotRepoint):
    """It would touch more transactions than one pass may: the setting MERGE_TRANSACTIONS bounds it."""


class Purged(CannotRepoint):
    """What is kept would go into a transaction whose time was up, and be gone with it."""


class Repointed(msgspec.Struct):
    """What a change of names comes to."""

    names: set[bytes]  # every name that is joined with those that changed
    transactions: set[bytes]  # whose keys are to be written anew
    events: dict[bytes, Heard]  # as they read now
    add: list[tuple[bytes, bytes, str]]  # transaction id, event id, workflow
    remove: list[tuple[bytes, bytes]]


def repointed(cursor: Staging, changed: set[bytes]) -> Repointed:
    """Return what follows from other meanings of these names. Raises CannotRepoint."""
    names = _joined(cursor, changed)
    asked = {"names": Ids(names), "limit": settings.MERGE_TRANSACTIONS + 1}
    transactions = {row[0] for row in cursor.execute(CONCERNED, asked)}
    if len(transactions) > settings.MERGE_TRANSACTIONS:
        raise TooWide
    known = cursor.execute(FACTS, {"ids": Ids(transactions)}).fetchall()
    ids = {event_id for _, event_id, _, _ in known}
    ids |= {row[0] for row in cursor.execute(WAITING, {"names": Ids(names)})}
    events = bodies.read(cursor, ids)
    bodies.tell(cursor, events.values())
    found = Repointed(names, transactions, events, [], [])
    for transaction_id, event_id, workflow, direct in known:
        if not direct:
            continue
        wanted = _home(events[event_id], workflow)
        if wanted == transaction_id:
            continue
        found.remove.append((transaction_id, event_id))
        if wanted is not None:
            found.add.append((wanted, event_id, workflow))
            found.transactions.add(wanted)
    if after_retention.among(cursor, {wanted for wanted, _, _ in found.add}):
        raise Purged
    return found


def _home(heard: Heard, workflow: str) -> bytes | None:
    homes: Iterable[bytes | None] = (b.direct for b in heard.event.bindings if b.workflow == workflow)
    return next(iter(homes), None)


def _joined(cursor: Staging, changed: set[bytes]) -> set[bytes]:
    seen: set[bytes] = set()
    wanted = set(changed)
    while wanted:
        seen |= wanted
        rows = cursor.execute(NEIGHBOURS, {"names": Ids(wanted)}).fetchall()
        wanted = {name for row in rows for name in row if name is not None} - seen
    return seen


def retell(cursor: Staging, events: Iterable[Heard]) -> None:
    """Have the events that wait or are bound indirectly look for their transaction by today's keys."""
    told = resolve.new_orphans(events)
    if not told:
        return
    stages.ORPHAN.load(cursor, (resolve.orphan_row(resolve.fresh(each), Bound(()), 0) for each in told))
    cursor.execute(RETELL)
    cursor.execute(FORGET_WATCHED)
    stages.ORPHAN_TOKEN.load(
        cursor,
        {(token, h.event.event_id, workflow) for h, workflow, _, tokens, _ in told for token in tokens},
    )
    cursor.execute(WATCH_ALL)
