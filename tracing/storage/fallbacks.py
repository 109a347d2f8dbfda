"""Which kept events name a transaction of last resort, and by which key.

Such a key belongs to no transaction by itself, so nothing else says that its sealed form is needed: who moves
the event to another facility numbers it anew from that, and so does who replaces the id key.
"""

from collections.abc import Iterable

from integrations.ingest.records import Event
from observability.core.copying import Ids, Staging

KEEP = """
    INSERT INTO fallback_token (token, event_id)
    SELECT token, event_id FROM unnest(%(tokens)b, %(ids)b) s(token, event_id) ORDER BY token, event_id
    ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM fallback_token f USING unnest(%(ids)b) s(event_id) WHERE f.event_id = s.event_id"


def introduce(cursor: Staging, events: Iterable[Event]) -> None:
    """Write the keys of last resort of new events."""
    named = [
        (key.token, event.event_id)
        for event in events
        if event.origin is not None
        for key in event.origin.fallbacks
    ]
    if named:
        pairs = {"tokens": Ids(token for token, _ in named), "ids": Ids(id for _, id in named)}
        cursor.execute(KEEP, pairs)
