"""Step one of a pass: keep each event, span and gauge once; say which are new or have replaced another."""

from typing import Any

import msgspec

from integrations.ingest.records import FORMAT, Event, decode_event, encode, unsealed
from observability.core.copying import Ids, Staging, jsonb, moment, texts, unmoment
from tracing.storage import stages
from tracing.storage.heard import Heard, Merged, rank
from tracing.storage.wordings import wording_of

INSERT_EVENTS = """
    INSERT INTO event (event_id, content_hash, ended_at, received_at, connector_id, credential_id, format,
                       body, wording_id)
    SELECT * FROM stage_event ORDER BY event_id
    ON CONFLICT (event_id) DO NOTHING
    RETURNING uuid_send(event_id)
"""
KNOWN_EVENTS = """
    SELECT uuid_send(e.event_id), e.content_hash, timestamptz_send(e.ended_at), e.body
      FROM unnest(%(ids)b) s(event_id) JOIN event e USING (event_id)
"""
# The condition is the merge law itself: two drains with two versions end with the same one.
REPLACE_EVENTS = """
    INSERT INTO event (event_id, content_hash, ended_at, received_at, connector_id, credential_id, format,
                       body, wording_id)
    SELECT * FROM stage_event ORDER BY event_id
    ON CONFLICT (event_id) DO UPDATE
       SET content_hash = excluded.content_hash, ended_at = excluded.ended_at, body = excluded.body,
           format = excluded.format, wording_id = excluded.wording_id, received_at = excluded.received_at,
           credential_id = excluded.credential_id
     WHERE (excluded.ended_at, excluded.content_hash) > (event.ended_at, event.content_hash)
    RETURNING uuid_send(event_id)
"""
INSERT_SPANS = """
    INSERT INTO span (started_at, trace_id, event_id, ended_at, span_id, parent_id, kind, name, service,
                      status, message, attributes, flags, received_at, connector_id, credential_id,
                      content_hash)
    SELECT * FROM stage_span ORDER BY started_at, trace_id, event_id
    ON CONFLICT (started_at, trace_id, event_id) DO NOTHING
    RETURNING timestamptz_send(started_at), uuid_send(trace_id), uuid_send(event_id)
"""
KNOWN_SPANS = """
    SELECT timestamptz_send(p.started_at), uuid_send(p.trace_id), uuid_send(p.event_id), p.content_hash
      FROM stage_span s JOIN span p USING (started_at, trace_id, event_id)
"""
REPLACE_SPANS = """
    UPDATE span p
       SET ended_at = s.ended_at, content_hash = s.content_hash, name = s.name, service = s.service,
           kind = s.kind, status = s.status, message = s.message, attributes = s.attributes,
           flags = s.flags, parent_id = s.parent_id
      FROM stage_span s
     WHERE p.started_at = s.started_at AND p.trace_id = s.trace_id AND p.event_id = s.event_id
       AND (s.ended_at, s.content_hash) > (p.ended_at, p.content_hash)
"""
INSERT_GAUGES = """
    INSERT INTO gauge (at, name, series, connector_id, facility_id, value, attributes)
    SELECT DISTINCT ON (at, name, series, connector_id) at, name, series, connector_id, facility_id, value,
           attributes
      FROM stage_gauge ORDER BY at, name, series, connector_id, value DESC
    ON CONFLICT (at, name, series, connector_id)
    DO UPDATE SET value = greatest(gauge.value, excluded.value) WHERE excluded.value > gauge.value
"""


class News(msgspec.Struct):
    """The events that a pass must apply, and the versions that some of them replaced."""

    apply: list[Heard]
    replaced: dict[bytes, Event]  # event id -> the version that no longer holds


def _event_row(heard: Heard) -> tuple[Any, ...]:
    event, row = heard.event, heard.row
    return (
        event.event_id,
        event.content_hash,
        moment(event.ended_at),
        moment(row.received_at),
        row.connector_id,
        row.credential_id,
        FORMAT,
        encode(unsealed(event)),
        None if event.bindings else wording_of(event),
    )


def keep_events(cursor: Staging, merged: Merged) -> News:
    """Insert what is new; of events known with other content keep the winner, whatever the order."""
    if not merged.events:
        return News(apply=[], replaced={})
    stages.EVENT.load(cursor, map(_event_row, merged.events.values()))
    fresh = {row[0] for row in cursor.execute(INSERT_EVENTS)}
    news = News(apply=[merged.events[event_id] for event_id in fresh], replaced={})
    for heard in news.apply:
        heard.row.new += 1
    if len(fresh) < len(merged.events):
        _settle_known(cursor, merged, fresh, news)
    return news


def _settle_known(cursor: Staging, merged: Merged, fresh: set[bytes], news: News) -> None:
    known = Ids(event_id for event_id in merged.events if event_id not in fresh)
    winners: dict[bytes, tuple[Heard, bytes]] = {}
    for event_id, content_hash, ended_at, body in cursor.execute(KNOWN_EVENTS, {"ids": known}):
        heard = merged.events[event_id]
        if heard.event.content_hash == content_hash:
            heard.row.duplicates += 1
            continue
        heard.row.conflicts += 1
        if rank(heard.event.ended_at, heard.event.content_hash) > rank(unmoment(ended_at), content_hash):
            winners[event_id] = (heard, body)
        else:
            merged.beaten.append(heard.event)
    if not winners:
        return
    stages.EVENT.load(cursor, (_event_row(heard) for heard, _ in winners.values()))
    for (event_id,) in cursor.execute(REPLACE_EVENTS).fetchall():
        heard, body = winners[event_id]
        news.apply.append(heard)
        news.replaced[event_id] = decode_event(body)


def keep_spans(cursor: Staging, merged: Merged) -> None:
    """Insert the technical spans; of spans known with other content keep the winner."""
    if not merged.spans:
        return
    stages.SPAN.load(
        cursor,
        (
            (
                moment(span.started_at), span.trace_id, span.event_id, moment(span.ended_at), span.span_id,
                span.parent_id, span.kind, span.name, span.service, span.status, span.message,
                jsonb(span.attributes), texts(span.flags), moment(row.received_at), row.connector_id,
                row.credential_id, span.content_hash,
            )
            for span, row in merged.spans.values()
        ),
    )  # fmt: skip
    fresh = {(unmoment(at), trace, event) for at, trace, event in cursor.execute(INSERT_SPANS)}
    if len(fresh) == len(merged.spans):
        return
    for at, trace, event, content_hash in cursor.execute(KNOWN_SPANS):
        place = (unmoment(at), trace, event)
        if place in fresh:
            continue
        span, row = merged.spans[place]
        row.new -= 1
        if span.content_hash == content_hash:
            row.duplicates += 1
        else:
            row.conflicts += 1
    cursor.execute(REPLACE_SPANS)


def keep_gauges(cursor: Staging, merged: Merged) -> None:
    """Insert the gauge samples; of two samples of one moment the higher stays."""
    if not merged.gauges:
        return
    stages.GAUGE.load(
        cursor,
        (
            (moment(g.at), g.name, g.series, row.connector_id, g.facility_id, g.value, jsonb(g.attributes))
            for g, row in merged.gauges
        ),
    )
    cursor.execute(INSERT_GAUGES)
