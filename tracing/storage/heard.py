"""Pure: what one pass works on: the records of several inbox rows, merged to one copy of each event."""

from collections.abc import Iterable, Mapping

import msgspec

from integrations.ingest.records import Event, Gauge, Record, Span


class Received(msgspec.Struct):
    """One inbox row: its records, who sent them, and what became of them."""

    records: list[Record]
    connector_id: int
    credential_id: int
    received_at: int
    new: int = 0
    duplicates: int = 0
    conflicts: int = 0
    orphans: int = 0


class Heard(msgspec.Struct):
    """One event and the row it came in."""

    event: Event
    row: Received


class Merged(msgspec.Struct):
    """Each event, span and gauge once."""

    events: dict[bytes, Heard]
    spans: dict[tuple[int, bytes, bytes], tuple[Span, Received]]
    gauges: list[tuple[Gauge, Received]]
    beaten: list[Event]  # versions that another one beat: their keys were said all the same


def rank(ended_at: int, content_hash: bytes) -> tuple[int, bytes]:
    """Return the place of one version of an event among its versions: the later end wins, then the hash."""
    return ended_at, content_hash


def merge(rows: Iterable[Received]) -> Merged:
    """Return one copy of each record, the winner where copies differ; count what was dropped, row by row."""
    merged = Merged(events={}, spans={}, gauges=[], beaten=[])
    for row in rows:
        for record in row.records:
            if isinstance(record, Event):
                _merge_event(merged, record, row)
            elif isinstance(record, Span):
                _merge_span(merged, record, row)
            else:
                merged.gauges.append((record, row))
                row.new += 1
    return merged


def followed(event: Event, steps: Mapping[str, frozenset[str]]) -> Event:
    """Return the event without bindings to steps that nobody declares any more: they would stop the fold."""
    if all(b.step in steps.get(b.workflow, ()) for b in event.bindings):
        return event
    kept = tuple(b for b in event.bindings if b.step in steps.get(b.workflow, ()))
    return msgspec.structs.replace(event, bindings=kept)


def _merge_event(merged: Merged, event: Event, row: Received) -> None:
    known = merged.events.get(event.event_id)
    if known is None:
        merged.events[event.event_id] = Heard(event, row)
        return
    if known.event.content_hash == event.content_hash:
        row.duplicates += 1
        return
    row.conflicts += 1
    if rank(event.ended_at, event.content_hash) > rank(known.event.ended_at, known.event.content_hash):
        merged.events[event.event_id] = Heard(event, known.row)
        event = known.event
    merged.beaten.append(event)


def _merge_span(merged: Merged, span: Span, row: Received) -> None:
    place = (span.started_at, span.trace_id, span.event_id)
    known = merged.spans.get(place)
    if known is None:
        merged.spans[place] = (span, row)
        row.new += 1
        return
    if known[0].content_hash == span.content_hash:
        row.duplicates += 1
        return
    row.conflicts += 1
    if rank(span.ended_at, span.content_hash) > rank(known[0].ended_at, known[0].content_hash):
        merged.spans[place] = (span, known[1])
