"""What is said about a purged transaction is counted and told, never folded.

A summary is looked for only where the pass has just made a transaction: what was there is not purged, and a
purge that ran meanwhile has committed before the lock of the transaction came to us.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from integrations.ingest import records
from integrations.ingest.records import every_key
from observability.core import db_roles
from observability.core.copying import Ids, Staging
from tracing.storage import fallbacks
from tracing.storage.facts import Stated

PURGED = "SELECT uuid_send(p.id) FROM unnest(%(ids)b) s(id) JOIN transaction_summary p USING (id)"
UNMAKE = "DELETE FROM transaction t USING unnest(%(ids)b) s(id) WHERE t.id = s.id"
TELL = """
    INSERT INTO connector_activity (connector_id, at, kind, code, n)
    SELECT * FROM unnest(%(connectors)s::bigint[], %(at)s::timestamptz[], %(kinds)s::text[],
                         %(codes)s::text[], %(counts)s::int[])
"""
KIND = "after_retention"
FORGET = (
    fallbacks.FORGET,
    "DELETE FROM orphan_token k USING unnest(%(ids)b) s(event_id) WHERE k.event_id = s.event_id",
    "DELETE FROM orphan o USING unnest(%(ids)b) s(event_id) WHERE o.event_id = s.event_id",
    "DELETE FROM event e USING unnest(%(ids)b) s(event_id) WHERE e.event_id = s.event_id",
)
# Nothing else vouches for it now: once it has waited too long it is told, and goes as one that none claims.
ALONE = "UPDATE orphan o SET sole = true FROM unnest(%(ids)b) s(event_id) WHERE o.event_id = s.event_id"
LOOSEN = """
    INSERT INTO loose_token (token) SELECT DISTINCT token FROM unnest(%(tokens)b) s(token) ORDER BY token
    ON CONFLICT DO NOTHING
"""


def among(cursor: Staging, made: Iterable[bytes]) -> set[bytes]:
    """Return which of the transactions that this pass has just made were purged before."""
    ids = Ids(made)
    return {row[0] for row in cursor.execute(PURGED, {"ids": ids})}


def refuse(cursor: Staging, stated: Sequence[Stated], purged: set[bytes]) -> list[Stated]:
    """Take back what the pass made of purged transactions, tell of it, and return what it may go on with.

    An event that is about nothing else is not kept; its identifiers go when nobody else needs them.
    """
    late = [each for each in stated if each.transaction_id in purged]
    rest = [each for each in stated if each.transaction_id not in purged]
    cursor.execute(UNMAKE, {"ids": Ids(sorted(purged))})
    _tell(late)
    elsewhere = {each.event.event_id for each in rest}
    answered: dict[bytes, set[str]] = {}
    for each in late:
        answered.setdefault(each.event.event_id, set()).add(each.workflow)
    apart = {each.event.event_id: each.event for each in late if each.event.event_id not in elsewhere}
    drop = [id for id, event in apart.items() if {b.workflow for b in event.bindings} <= answered[id]]
    wait = sorted(apart.keys() - set(drop))
    if wait:
        cursor.execute(ALONE, {"ids": Ids(wait)})
    if drop:
        with db_roles.purging():
            for statement in FORGET:
                cursor.execute(statement, {"ids": Ids(sorted(drop))})
            tokens = {key.token for id in drop for key in every_key(apart[id])}
            cursor.execute(LOOSEN, {"tokens": Ids(sorted(tokens))})
    return rest


def _tell(late: Iterable[Stated]) -> None:
    counts = Counter((each.connector_id, each.workflow) for each in late)
    at = {(each.connector_id, each.workflow): each.received_at for each in late}
    with connection.cursor() as cursor:
        cursor.execute(
            TELL,
            {
                "connectors": [connector for connector, _ in counts],
                "at": [records.moment(at[place]) for place in counts],
                "kinds": [KIND] * len(counts),
                "codes": [workflow for _, workflow in counts],
                "counts": list(counts.values()),
            },
        )
