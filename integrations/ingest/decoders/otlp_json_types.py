"""Pure: the OTLP messages as they are written in JSON. What is not named here is ignored unread."""

from collections.abc import Iterable

import msgspec

ABSENT = msgspec.Raw(b"")
NOTHING = msgspec.Raw(b"{}")


class _Message(msgspec.Struct, rename="camel", gc=False):
    """A message with lowerCamelCase names; every field may be absent or null."""


class AnyValue(_Message):
    """A value of one of several types. Arrays and maps stay undecoded: they are never kept."""

    string_value: str | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    bool_value: bool | None = None
    array_value: msgspec.Raw = ABSENT
    kvlist_value: msgspec.Raw = ABSENT


class KeyValue(_Message):
    """An attribute."""

    key: str | None = None
    value: AnyValue | None = None


class Resource(_Message):
    """Who sent what follows."""

    attributes: list[KeyValue] | None = None


class Status(_Message):
    """How a span ended."""

    code: int | None = None
    message: str | None = None


class SpanEvent(_Message):
    """Something that happened within a span."""

    name: str | None = None
    attributes: list[KeyValue] | None = None


class Span(_Message):
    """One operation."""

    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: int | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    attributes: list[KeyValue] | None = None
    events: list[SpanEvent] | None = None
    links: list[msgspec.Raw] | None = None
    status: Status | None = None


class LogRecord(_Message):
    """One log record."""

    trace_id: str | None = None
    span_id: str | None = None
    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    severity_number: int | None = None
    event_name: str | None = None
    body: AnyValue | None = None
    attributes: list[KeyValue] | None = None


class Point(_Message):
    """One data point; of histograms and summaries only the time and attributes are read."""

    time_unix_nano: int | str | None = None
    as_int: int | str | None = None
    as_double: float | str | None = None
    flags: int | None = None
    attributes: list[KeyValue] | None = None


class Points(_Message):
    """The points of one metric."""

    data_points: list[msgspec.Raw] | None = None


class Metric(_Message):
    """A named series of points, of one of five kinds."""

    name: str | None = None
    gauge: Points | None = None
    sum: Points | None = None
    histogram: Points | None = None
    exponential_histogram: Points | None = None
    summary: Points | None = None

    def points(self) -> Iterable[tuple[bool, list[msgspec.Raw]]]:
        """Return the points with whether each is a plain number."""
        for plain in (self.gauge, self.sum):
            if plain is not None:
                yield True, plain.data_points or []
        for other in (self.histogram, self.exponential_histogram, self.summary):
            if other is not None:
                yield False, other.data_points or []


class ScopeSpans(_Message):
    """Spans of one library."""

    spans: list[msgspec.Raw] | None = None


class ResourceSpans(_Message):
    """Spans of one sender."""

    resource: msgspec.Raw = NOTHING
    scope_spans: list[ScopeSpans] | None = None


class Traces(_Message):
    """ExportTraceServiceRequest."""

    resource_spans: list[ResourceSpans] | None = None


class ScopeLogs(_Message):
    """Log records of one library."""

    log_records: list[msgspec.Raw] | None = None


class ResourceLogs(_Message):
    """Log records of one sender."""

    resource: msgspec.Raw = NOTHING
    scope_logs: list[ScopeLogs] | None = None


class Logs(_Message):
    """ExportLogsServiceRequest."""

    resource_logs: list[ResourceLogs] | None = None


class ScopeMetrics(_Message):
    """Metrics of one library."""

    metrics: list[Metric] | None = None


class ResourceMetrics(_Message):
    """Metrics of one sender."""

    resource: msgspec.Raw = NOTHING
    scope_metrics: list[ScopeMetrics] | None = None


class Metrics(_Message):
    """ExportMetricsServiceRequest."""

    resource_metrics: list[ResourceMetrics] | None = None


NO_STATUS = Status()

traces = msgspec.json.Decoder(Traces).decode
logs = msgspec.json.Decoder(Logs).decode
metrics = msgspec.json.Decoder(Metrics).decode
span = msgspec.json.Decoder(Span).decode
log = msgspec.json.Decoder(LogRecord).decode
point = msgspec.json.Decoder(Point).decode
_resource = msgspec.json.Decoder(Resource | None).decode


def resource(raw: msgspec.Raw) -> Resource:
    """Return the resource, empty where it is null."""
    return _resource(raw) or Resource()
