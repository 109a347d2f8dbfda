"""Turn decoded items into canonical records and store them: one request, one row."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings

from integrations.catalogue.contracts import contracts
from integrations.catalogue.key_kinds import kinds
from integrations.catalogue.telemetry import gauges, resource_attributes, span_attributes
from integrations.catalogue.workflows import declared
from integrations.ingest import crosswalks, failpoints, inbox
from integrations.ingest.auth import Sender
from integrations.ingest.context import Context
from integrations.ingest.decoders.cloudevents import Batch, Refused
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.decoders.wire import Bounds, Decoded, WireLog, WirePoint, WireSpan
from integrations.ingest.event_rules import event_record
from integrations.ingest.gauge_rules import gauge_record
from integrations.ingest.keys import Maker, maker
from integrations.ingest.records import Packed, micros
from integrations.ingest.scrub import fingerprinter
from integrations.ingest.span_rules import Origin, log_record, span_record
from integrations.ingest.step_rules import step_event
from observability.core.keyring import id_key, seal_keys, veil_key


@dataclass(slots=True)
class Accepted:
    """What became of a request: its receipt (None: nothing was in it), items kept and refused."""

    receipt: UUID | None
    kept: int
    rejected: dict[str, int] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def bounds() -> Bounds:
    """Return how much one request may hold, from the settings."""
    return Bounds(
        items=settings.INGEST_MAX_ITEMS,
        per_item=settings.INGEST_MAX_PER_ITEM,
        key_bytes=settings.INGEST_MAX_KEY_BYTES,
        json_depth=settings.INGEST_JSON_DEPTH,
    )


# What a maker remembers is sealed already, so a new sealing key begins a new one.
@lru_cache(maxsize=1)
def _maker(id_key: bytes, veil_key: bytes, seal_key: bytes, seal_key_id: str) -> Maker:
    return maker(id_key=id_key, veil_key=veil_key, seal_key=seal_key, seal_key_id=seal_key_id)


@lru_cache(maxsize=1)
def _fingerprint(key: bytes) -> Callable[[str], str]:
    return fingerprinter(key)


def _context(sender: Sender, at: datetime) -> Context:
    return context_of(
        connector_id=sender.connector_id,
        default_facility=sender.default_facility,
        granted=sender.granted,
        at=at,
    )


def context_of(*, connector_id: int, default_facility: int, granted: frozenset[int], at: datetime) -> Context:
    """Return what the rules must know beside an item itself, of whoever says it."""
    ring = seal_keys()
    return Context(
        connector_id=connector_id,
        default_facility=default_facility,
        granted=granted,
        crosswalk=crosswalks.current(granted),
        keys=_maker(id_key(), veil_key(), ring.keys[ring.current], ring.current),
        fingerprint=_fingerprint(veil_key()),
        hash_key=veil_key(),
        currency=settings.CURRENCY,
        now_us=micros(at),
    )


def accept_spans(sender: Sender, decoded: Decoded[WireSpan], at: datetime) -> Accepted:
    """Store spans, and the business events of those that are steps."""
    failpoints.hit("apply")
    context = _context(sender, at)
    rules, resources = span_attributes(), resource_attributes()
    records = Packed()
    kept, origin = 0, None
    for span in decoded.items:
        if origin is None or origin.resource is not span.resource:
            origin = Origin(span.resource, resources, context)
        try:
            record, steps = span_record(span, origin, rules, context)
            if steps or origin.steps:
                said = {**origin.steps, **steps}
                event = step_event(record, said, kinds(), declared(), context) if steps else None
                if event is not None:
                    records.add(event)
        except RejectedItem as exc:
            decoded.reject(exc.code)
            continue
        records.add(record)
        kept += 1
    return _store(sender, "traces", records, kept, decoded.rejected, context, at)


def accept_logs(sender: Sender, decoded: Decoded[WireLog], at: datetime) -> Accepted:
    """Store log records that name a trace; the others are counted."""
    failpoints.hit("apply")
    context = _context(sender, at)
    rules, resources = span_attributes(), resource_attributes()
    seen: dict[bytes, int] = {}
    origin = None
    records = Packed()
    for log in decoded.items:
        if origin is None or origin.resource is not log.resource:
            origin = Origin(log.resource, resources, context)
        try:
            record = log_record(log, origin, rules, context, seen)
        except RejectedItem as exc:
            decoded.reject(exc.code)
            continue
        if record is None:
            context.drop("log_without_trace")
        else:
            records.add(record)
    return _store(sender, "logs", records, len(records), decoded.rejected, context, at)


def accept_points(sender: Sender, decoded: Decoded[WirePoint], at: datetime) -> Accepted:
    """Store samples of declared gauges; other data points are counted."""
    failpoints.hit("apply")
    context = _context(sender, at)
    rules = gauges()
    records = Packed()
    for point in decoded.items:
        try:
            record = gauge_record(point, rules, context)
        except RejectedItem as exc:
            decoded.reject(exc.code)
            continue
        if record is not None:
            records.add(record)
    return _store(sender, "metrics", records, len(records), decoded.rejected, context, at)


def accept_events(sender: Sender, batch: Batch, at: datetime) -> Accepted:
    """Store business events that fit their contracts."""
    failpoints.hit("apply")
    context = _context(sender, at)
    known = contracts()
    records = Packed()
    for event in batch.events:
        try:
            records.add(event_record(event, known, context))
        except RejectedItem as exc:
            batch.refused.append(Refused(event.index, exc.code))
    batch.let_go()
    rejected: dict[str, int] = {}
    for one in batch.refused:
        rejected[one.code] = rejected.get(one.code, 0) + 1
    accepted = _store(sender, "events", records, len(records), rejected, context, at)
    accepted.refused = sorted(batch.refused, key=lambda one: one.index)
    return accepted


def _store(
    sender: Sender,
    signal: str,
    records: Packed,
    kept: int,
    rejected: dict[str, int],
    context: Context,
    at: datetime,
) -> Accepted:
    # A row without records still carries the counts that a person looks for when nothing arrives.
    if not (records or rejected or context.dropped):
        return Accepted(None, 0)
    receipt = inbox.put(
        sender, signal, records, items=kept, rejected=rejected, dropped=context.dropped, at=at
    )
    return Accepted(receipt, kept, rejected)
