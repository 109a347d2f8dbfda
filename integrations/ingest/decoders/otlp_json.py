"""Pure: OTLP/JSON to the same wire shape as protobuf.

Google's own JSON mapping reads the hex ids as base64, so this reads the JSON itself: hex ids of either
case, 64-bit integers as number or string, enumerations as integers only, lowerCamelCase names only,
unknown fields ignored, null as absent. Each item is decoded alone, so that a bad one falls alone.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import msgspec

from integrations.ingest.decoders import otlp_json_types as j
from integrations.ingest.decoders.errors import MalformedBody, RejectedItem, TooManyItems
from integrations.ingest.decoders.json_text import check_depth, mark_lone_surrogates
from integrations.ingest.decoders.wire import (
    MESSAGE_KEPT,
    NO_SPAN,
    NO_TRACE,
    TEXT_KEPT,
    UINT64,
    Bounds,
    Decoded,
    Item,
    Resource,
    Value,
    WireLog,
    WirePoint,
    WireSpan,
    check_ids,
    check_int,
    check_key,
    check_log_ids,
    check_number,
    check_text,
)

T = TypeVar("T")
CANNOT_READ = (msgspec.MsgspecError, ValueError, RecursionError)
INTEGER_DIGITS = 20


def decode_traces(body: bytes | bytearray, bounds: Bounds) -> Decoded[WireSpan]:
    """Return the spans of an ExportTraceServiceRequest in JSON. Raises MalformedBody, TooManyItems."""
    groups = [
        (group.resource, [raw for scope in group.scope_spans or () for raw in scope.spans or ()])
        for group in _few(_envelope(j.traces, body).resource_spans, bounds)
    ]
    return _counted(groups, _span, bounds)


def decode_logs(body: bytes | bytearray, bounds: Bounds) -> Decoded[WireLog]:
    """Return the records of an ExportLogsServiceRequest in JSON. Raises MalformedBody, TooManyItems."""
    groups = [
        (group.resource, [raw for scope in group.scope_logs or () for raw in scope.log_records or ()])
        for group in _few(_envelope(j.logs, body).resource_logs, bounds)
    ]
    return _counted(groups, _log, bounds)


def decode_metrics(body: bytes | bytearray, bounds: Bounds) -> Decoded[WirePoint]:
    """Return the points of an ExportMetricsServiceRequest in JSON. Raises MalformedBody, TooManyItems."""
    groups = [
        (
            group.resource,
            [
                (metric.name or "", bool(plain), raw)
                for scope in group.scope_metrics or ()
                for metric in scope.metrics or ()
                for plain, points in metric.points()
                for raw in points
            ],
        )
        for group in _few(_envelope(j.metrics, body).resource_metrics, bounds)
    ]
    return _counted(groups, _point, bounds)


def _few(groups: list[T] | None, bounds: Bounds) -> list[T]:
    """Return the groups. Raises TooManyItems: no group is needed that holds no item."""
    if groups and len(groups) > bounds.items:
        raise TooManyItems
    return groups or []


def _envelope(decode: Callable[[bytes | bytearray], T], body: bytes | bytearray) -> T:
    try:
        return decode(body)
    except CANNOT_READ:
        pass
    try:
        return decode(mark_lone_surrogates(body))
    except CANNOT_READ as exc:
        raise MalformedBody("not_otlp_json") from exc


def _counted(
    groups: list[tuple[msgspec.Raw, list[T]]],
    convert: Callable[[T, Resource, Bounds], Item],
    bounds: Bounds,
) -> Decoded[Item]:
    decoded: Decoded[Item] = Decoded()
    decoded.count(sum(len(raws) for _, raws in groups), bounds)
    decoded.items = _converted(decoded, groups, convert, bounds)
    return decoded


def _converted(
    decoded: Decoded[Item],
    groups: list[tuple[msgspec.Raw, list[T]]],
    convert: Callable[[T, Resource, Bounds], Item],
    bounds: Bounds,
) -> Iterator[Item]:
    for resource, raws in groups:
        try:
            shared = Resource(attributes=_attributes(j.resource(resource).attributes, bounds)[0])
        except (RejectedItem, *CANNOT_READ) as exc:
            decoded.reject(exc.code if isinstance(exc, RejectedItem) else "invalid_resource", len(raws))
            continue
        for raw in raws:
            try:
                yield convert(raw, shared, bounds)
            except RejectedItem as exc:
                decoded.reject(exc.code)
            except CANNOT_READ:
                decoded.reject("invalid_field")


def _attributes(pairs: list[j.KeyValue] | None, bounds: Bounds) -> tuple[dict[str, Value], bool]:
    """Return the scalar attributes, and whether a key came twice (the last one counts)."""
    found: dict[str, Value] = {}
    if not pairs:
        return found, False
    if len(pairs) > bounds.per_item:
        raise RejectedItem("too_many_attributes")
    for pair in pairs:
        key = pair.key or ""
        check_key(key, bounds)
        found[key] = _scalar(pair.value, bounds) if pair.value is not None else None
    return found, len(found) != len(pairs)


def _scalar(value: j.AnyValue, bounds: Bounds, limit: int = TEXT_KEPT) -> Value:
    if value.string_value is not None:
        if "\x00" in value.string_value:
            raise RejectedItem("nul_character")
        return value.string_value[:limit]
    if value.int_value is not None:
        return check_int(_integer(value.int_value))
    if value.bool_value is not None:
        return value.bool_value
    if value.double_value is not None:
        return _double(value.double_value)
    for nested in (value.array_value, value.kvlist_value):
        check_depth(nested, bounds.json_depth)
    return None


def _integer(raw: int | str | None) -> int:
    """Return a 64-bit integer written as number or string."""
    if raw is None:
        return 0
    if isinstance(raw, int):
        return raw
    digits = raw[1:] if raw.startswith("-") else raw
    if len(digits) > INTEGER_DIGITS or not (digits.isascii() and digits.isdigit()):
        raise RejectedItem("invalid_integer")
    return int(raw)


def _nanoseconds(raw: int | str | None) -> int:
    number = _integer(raw)
    if not 0 <= number < UINT64:
        raise RejectedItem("integer_out_of_range")
    return number


def _double(raw: float | str) -> float:
    # JSON has no NaN; protobuf's mapping spells it as a string, and we refuse it like the number.
    try:
        return check_number(float(raw))
    except ValueError as exc:
        raise RejectedItem("invalid_number") from exc


def _id(raw: str | None, code: str) -> bytes:
    if not raw:
        return b""
    try:
        found = bytes.fromhex(raw)
    except ValueError as exc:
        raise RejectedItem(code) from exc
    # fromhex skips white space, which is no part of an id.
    return found if len(found) * 2 == len(raw) else b"?"


def _span(raw: msgspec.Raw, resource: Resource, bounds: Bounds) -> WireSpan:
    span = j.span(raw)
    trace_id = _id(span.trace_id, "invalid_trace_id")
    span_id = _id(span.span_id, "invalid_span_id")
    parent_id = _id(span.parent_span_id, "invalid_parent_span_id")
    check_ids(trace_id, span_id, parent_id)
    attributes, repeated = _attributes(span.attributes, bounds)
    status = span.status or j.NO_STATUS
    name, message = span.name or "", status.message or ""
    check_text(name, message)
    exception = _exception(span.events, bounds) if span.events else ("", "")
    if span.links and len(span.links) > bounds.per_item:
        raise RejectedItem("too_many_links")
    return WireSpan(
        trace_id, span_id, b"" if parent_id == NO_SPAN else parent_id, span.kind or 0, name[:TEXT_KEPT],
        _nanoseconds(span.start_time_unix_nano), _nanoseconds(span.end_time_unix_nano),
        status.code or 0, message[:MESSAGE_KEPT], attributes, exception[0], exception[1], repeated, resource,
    )  # fmt: skip


def _exception(events: list[j.SpanEvent], bounds: Bounds) -> tuple[str, str]:
    if len(events) > bounds.per_item:
        raise RejectedItem("too_many_events")
    for event in reversed(events):
        if event.name == "exception":
            found, _ = _attributes(event.attributes, bounds)
            kind, message = found.get("exception.type"), found.get("exception.message")
            return (kind if isinstance(kind, str) else "", message if isinstance(message, str) else "")
    return "", ""


def _log(raw: msgspec.Raw, resource: Resource, bounds: Bounds) -> WireLog:
    record = j.log(raw)
    trace_id = _id(record.trace_id, "invalid_trace_id")
    span_id = _id(record.span_id, "invalid_span_id")
    check_log_ids(trace_id, span_id)
    attributes, repeated = _attributes(record.attributes, bounds)
    body = _scalar(record.body, bounds, MESSAGE_KEPT) if record.body is not None else None
    text = body if isinstance(body, str) else ""
    name = record.event_name or ""
    check_text(name, text)
    return WireLog(
        b"" if trace_id == NO_TRACE else trace_id,
        b"" if span_id == NO_SPAN else span_id,
        _nanoseconds(record.time_unix_nano) or _nanoseconds(record.observed_time_unix_nano),
        record.severity_number or 0, name[:TEXT_KEPT], text, attributes, repeated, resource,
    )  # fmt: skip


def _point(named: tuple[str, bool, msgspec.Raw], resource: Resource, bounds: Bounds) -> WirePoint:
    name, plain, raw = named
    check_text(name)
    point = j.point(raw)
    value: float | None = None
    if plain and not (point.flags or 0) & 1:  # bit 0: no recorded value
        if point.as_int is not None:
            value = float(check_int(_integer(point.as_int)))
        elif point.as_double is not None:
            value = _double(point.as_double)
    attributes, _ = _attributes(point.attributes, bounds)
    return WirePoint(name, _nanoseconds(point.time_unix_nano), value, attributes, resource)
