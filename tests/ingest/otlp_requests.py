"""Build export requests: a test names only what it is about."""

import time
from typing import Any

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from integrations.ingest.decoders.wire import Bounds

TRACE = bytes(range(1, 17))


def whole(decode: Any, body: bytes, bounds: Bounds) -> Any:
    """Return what a decoder makes of a body, with all of its items read."""
    decoded = decode(body, bounds)
    decoded.items = list(decoded.items)
    return decoded


def now_ns() -> int:
    """Return the present in nanoseconds."""
    return time.time_ns()


def attribute(name: str, value: Any) -> KeyValue:
    """Return one attribute of the value's own type."""
    pair = KeyValue(key=name)
    field = {bool: "bool_value", int: "int_value", float: "double_value", bytes: "bytes_value"}
    setattr(pair.value, field.get(type(value), "string_value"), value)
    return pair


def traces(*spans: dict[str, Any], resource: dict[str, Any] | None = None) -> ExportTraceServiceRequest:
    """Return a request of spans; each dict overrides fields, `attributes` is a dict or a list of pairs."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    for name, value in (resource or {"service.name": "ehr"}).items():
        group.resource.attributes.append(attribute(name, value))
    scope = group.scope_spans.add()
    for n, said in enumerate(spans, start=1):
        at = now_ns()
        fields: dict[str, Any] = {
            "trace_id": TRACE,
            "span_id": n.to_bytes(8, "big"),
            "name": "sync",
            "start_time_unix_nano": at,
            "end_time_unix_nano": at + 1_000_000,
        } | said
        attributes = fields.pop("attributes", {})
        pairs = attributes.items() if isinstance(attributes, dict) else attributes
        scope.spans.add(**fields).attributes.extend(attribute(name, value) for name, value in pairs)
    return request


def logs(*records: dict[str, Any]) -> ExportLogsServiceRequest:
    """Return a request of log records that belong to a trace."""
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for said in records:
        body = said.pop("body", "")
        fields = {"trace_id": TRACE, "time_unix_nano": now_ns(), "severity_number": 9} | said
        scope.log_records.add(**fields).body.string_value = body
    return request


def gauge(*points: dict[str, Any], name: str = "queue.depth") -> ExportMetricsServiceRequest:
    """Return a request of data points of one declared gauge."""
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=name)
    for said in points:
        metric.gauge.data_points.add(**({"time_unix_nano": now_ns(), "as_int": 5} | said))
    return request


def event(type_: str = "charge.captured.v1", n: int = 1, **said: Any) -> dict[str, Any]:
    """Return a CloudEvent of a captured charge; `data` and attributes can be overridden."""
    return {
        "specversion": "1.0",
        "id": f"e{n}",
        "source": "test:ehr",
        "type": type_,
        "time": "2026-03-02T12:00:00Z",
        "data": {"charge_no": f"C-{n}", "account_no": "A-1", "amount": "10.00"},
    } | said
