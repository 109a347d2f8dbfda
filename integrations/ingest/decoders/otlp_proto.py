"""Pure: OTLP protobuf to the wire shape. Parsed by upb in C; only what may be kept is walked in Python."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from integrations.ingest.decoders.errors import RejectedItem, TooManyItems
from integrations.ingest.decoders.salvage import salvage
from integrations.ingest.decoders.wire import (
    MESSAGE_KEPT,
    NO_SPAN,
    NO_TRACE,
    TEXT_KEPT,
    Bounds,
    Decoded,
    Item,
    Resource,
    Value,
    WireLog,
    WirePoint,
    WireSpan,
    check_ids,
    check_key,
    check_log_ids,
    check_number,
    check_text,
)

Message = Any  # generated protobuf classes carry no types


def decode_traces(body: bytes | bytearray, bounds: Bounds) -> Decoded[WireSpan]:
    """Return the spans of an ExportTraceServiceRequest. Raises MalformedBody, TooManyItems."""
    decoded: Decoded[WireSpan] = Decoded()
    request = _parsed(ExportTraceServiceRequest, body, decoded, bounds)
    groups = [
        (resource, [scope.spans for scope in scopes])
        for resource, scopes in _groups(request.resource_spans, "scope_spans", bounds)
    ]
    return _counted(decoded, groups, _span, bounds)


def decode_logs(body: bytes | bytearray, bounds: Bounds) -> Decoded[WireLog]:
    """Return the records of an ExportLogsServiceRequest. Raises MalformedBody, TooManyItems."""
    decoded: Decoded[WireLog] = Decoded()
    request = _parsed(ExportLogsServiceRequest, body, decoded, bounds)
    groups = [
        (resource, [scope.log_records for scope in scopes])
        for resource, scopes in _groups(request.resource_logs, "scope_logs", bounds)
    ]
    return _counted(decoded, groups, _log, bounds)


def decode_metrics(body: bytes | bytearray, bounds: Bounds) -> Decoded[WirePoint]:
    """Return the data points of an ExportMetricsServiceRequest. Raises MalformedBody, TooManyItems."""
    decoded: Decoded[WirePoint] = Decoded()
    request = _parsed(ExportMetricsServiceRequest, body, decoded, bounds)
    found = list(_groups(request.resource_metrics, "scope_metrics", bounds))
    if sum(len(scope.metrics) for _, scopes in found for scope in scopes) > bounds.items:
        raise TooManyItems
    groups = [
        (
            resource,
            [_NamedPoints(metric.name, _points_of(metric)) for scope in scopes for metric in scope.metrics],
        )
        for resource, scopes in found
    ]
    return _counted(decoded, groups, _point, bounds)


def _groups(groups: Any, inside: str, bounds: Bounds) -> Iterator[tuple[Message, Any]]:
    """Yield the resource and the scopes of each group. Raises TooManyItems before many become objects.

    A million empty groups or scopes fit in two megabytes, and no group is needed that holds no item.
    """
    left = bounds.items
    if len(groups) > left:
        raise TooManyItems
    for group in groups:
        scopes = getattr(group, inside)
        left -= len(scopes)
        if left < 0:
            raise TooManyItems
        yield group.resource, scopes


class _NamedPoints:
    """The data points of one metric, each beside the metric's name."""

    __slots__ = ("name", "points")

    def __init__(self, name: str, points: Any) -> None:
        self.name = name
        self.points = points

    def __len__(self) -> int:
        return len(self.points)

    def __iter__(self) -> Iterator[tuple[str, Message]]:
        return ((self.name, point) for point in self.points)


def _parsed(request: Message, body: bytes | bytearray, decoded: Decoded[Item], bounds: Bounds) -> Message:
    try:
        return request.FromString(body)
    except DecodeError:
        whole, fallen, orphaned = salvage(request, body, bounds.items)
    decoded.total += fallen + orphaned
    for code, n in (("invalid_field", fallen), ("invalid_resource", orphaned)):
        if n:
            decoded.reject(code, n)
    return whole


def _counted(
    decoded: Decoded[Item],
    groups: list[tuple[Message, list[Any]]],
    convert: Callable[[Any, Resource, Bounds], Item],
    bounds: Bounds,
) -> Decoded[Item]:
    # A million empty items fit in two megabytes.
    decoded.count(sum(len(part) for _, parts in groups for part in parts), bounds)
    decoded.items = _converted(decoded, groups, convert, bounds)
    return decoded


def _converted(
    decoded: Decoded[Item],
    groups: list[tuple[Message, list[Any]]],
    convert: Callable[[Any, Resource, Bounds], Item],
    bounds: Bounds,
) -> Iterator[Item]:
    for resource, parts in groups:
        try:
            shared = Resource(attributes=_attributes(resource.attributes, bounds)[0])
        except RejectedItem as exc:
            decoded.reject(exc.code, sum(map(len, parts)))
            continue
        for raw in chain.from_iterable(parts):
            try:
                yield convert(raw, shared, bounds)
            except RejectedItem as exc:
                decoded.reject(exc.code)


def _attributes(pairs: Iterable[Message], bounds: Bounds) -> tuple[dict[str, Value], bool]:
    """Return the scalar attributes, and whether a key came twice (the last one counts)."""
    found: dict[str, Value] = {}
    n = 0
    for n, pair in enumerate(pairs, start=1):  # noqa: B007 - n is how many there were
        key = pair.key
        value = pair.value
        text = value.string_value
        if text:
            if "\x00" in text:
                raise RejectedItem("nul_character")
            found[key] = text if len(text) <= TEXT_KEPT else text[:TEXT_KEPT]
        else:
            found[key] = _scalar(value)
        if len(key) > bounds.key_bytes or "\x00" in key:
            check_key(key, bounds)
    if n > bounds.per_item:
        raise RejectedItem("too_many_attributes")
    return found, len(found) != n


def _scalar(value: Message) -> Value:
    which = value.WhichOneof("value")
    if which == "int_value":
        return int(value.int_value)
    if which == "bool_value":
        return bool(value.bool_value)
    if which == "double_value":
        return check_number(value.double_value)
    return "" if which == "string_value" else None


def _span(span: Message, resource: Resource, bounds: Bounds) -> WireSpan:
    trace_id, span_id, parent_id = span.trace_id, span.span_id, span.parent_span_id
    check_ids(trace_id, span_id, parent_id)
    attributes, repeated = _attributes(span.attributes, bounds)
    name, message, code = span.name, "", 0
    if span.HasField("status"):
        message, code = span.status.message, span.status.code
    check_text(name, message)
    exception = ("", "")
    if len(span.events):
        exception = _exception(span.events, bounds)
    if len(span.links) > bounds.per_item:
        raise RejectedItem("too_many_links")
    return WireSpan(
        trace_id, span_id, b"" if parent_id == NO_SPAN else parent_id, span.kind, name[:TEXT_KEPT],
        span.start_time_unix_nano, span.end_time_unix_nano, code, message[:MESSAGE_KEPT],
        attributes, exception[0], exception[1], repeated, resource,
    )  # fmt: skip


def _exception(events: Message, bounds: Bounds) -> tuple[str, str]:
    if len(events) > bounds.per_item:
        raise RejectedItem("too_many_events")
    for event in reversed(events):
        if event.name == "exception":
            found, _ = _attributes(event.attributes, bounds)
            kind, message = found.get("exception.type"), found.get("exception.message")
            return (kind if isinstance(kind, str) else "", message if isinstance(message, str) else "")
    return "", ""


def _log(record: Message, resource: Resource, bounds: Bounds) -> WireLog:
    trace_id, span_id = record.trace_id, record.span_id
    check_log_ids(trace_id, span_id)
    attributes, repeated = _attributes(record.attributes, bounds)
    body = record.body.string_value
    check_text(record.event_name, body)
    return WireLog(
        b"" if trace_id == NO_TRACE else trace_id,
        b"" if span_id == NO_SPAN else span_id,
        record.time_unix_nano or record.observed_time_unix_nano,
        record.severity_number, record.event_name[:TEXT_KEPT], body[:MESSAGE_KEPT],
        attributes, repeated, resource,
    )  # fmt: skip


def _points_of(metric: Message) -> Any:
    which = metric.WhichOneof("data")
    return getattr(metric, which).data_points if which else ()


def _point(named: tuple[str, Message], resource: Resource, bounds: Bounds) -> WirePoint:
    name, point = named
    check_text(name)
    attributes, _ = _attributes(point.attributes, bounds)
    return WirePoint(name, point.time_unix_nano, _number(point), attributes, resource)


def _number(point: Message) -> float | None:
    if not hasattr(point, "as_int") or point.flags & 1:  # bit 0: no recorded value
        return None
    which = point.WhichOneof("value")
    if which == "as_int":
        return float(point.as_int)
    return check_number(point.as_double) if which == "as_double" else None
