"""Stored events read back, and what each of them says today."""

from collections.abc import Iterable, Mapping

from integrations.ingest.records import Event, decode_event
from observability.core.copying import Ids, Staging, unmoment
from tracing import declarations
from tracing.storage import aliases
from tracing.storage.heard import Heard, Received, followed

READ = """
    SELECT uuid_send(e.event_id), e.connector_id, e.credential_id, timestamptz_send(e.received_at), e.body
      FROM unnest(%(ids)b) s(event_id) JOIN event e USING (event_id)
"""


def read(cursor: Staging, event_ids: Iterable[bytes]) -> dict[bytes, Heard]:
    """Return stored events as they were sent."""
    found = cursor.execute(READ, {"ids": Ids(event_ids)})
    return {
        event_id: Heard(decode_event(body), Received([], connector_id, credential_id, unmoment(received_at)))
        for event_id, connector_id, credential_id, received_at, body in found
    }


def tell(cursor: Staging, heard: Iterable[Heard]) -> None:
    """Have events say what they say today; what is kept of them stays as it was sent.

    What the workflows as declared today do not follow is left out, and keys and transactions are those that
    the named ones stand for after merges and moves.
    """
    events = list(heard)
    steps = declarations.steps()
    names = aliases.names(cursor, (each.event for each in events))
    for each in events:
        each.event = aliases.renamed(followed(each.event, steps), names)


def told(cursor: Staging, events: Mapping[bytes, Event]) -> dict[bytes, Event]:
    """Return versions of events that no longer hold as they read under today's names."""
    names = aliases.names(cursor, events.values())
    return {event_id: aliases.renamed(event, names) for event_id, event in events.items()}
