"""Pure: answers of the OTLP endpoints in the request's own encoding."""

import json
from typing import Any

from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MESSAGE_LIMIT = 2_000

RESPONSES: dict[str, tuple[Any, str, str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
}
# google.rpc.Code by status; 13 (internal) is for our own faults, which we answer as 14 (unavailable).
RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 12, 405: 12, 410: 9, 413: 3, 415: 3, 429: 8, 503: 14}


def encoding_of(content_type: str) -> str | None:
    """Return the encoding a Content-Type names, without its parameters; None for one we do not read."""
    media = content_type.partition(";")[0].strip().lower()
    return media if media in (PROTOBUF, JSON) else None


def success(signal: str, encoding: str, rejected: dict[str, int]) -> bytes:
    """Return the answer to a stored request; partial success only where items were refused."""
    response, proto_name, json_name = RESPONSES[signal]
    count = sum(rejected.values())
    if not count:
        return b"{}" if encoding == JSON else b""
    message = summary(rejected)
    if encoding == JSON:
        # 64-bit integers are strings in protobuf's JSON.
        partial = {json_name: str(count), "errorMessage": message}
        return json.dumps({"partialSuccess": partial}).encode()
    answer = response()
    setattr(answer.partial_success, proto_name, count)
    answer.partial_success.error_message = message
    return bytes(answer.SerializeToString())


def summary(rejected: dict[str, int]) -> str:
    """Return the refusals as one sentence of codes and counts."""
    parts = [f"{code} ({n})" for code, n in sorted(rejected.items())]
    return ("rejected, do not resend: " + ", ".join(parts))[:MESSAGE_LIMIT]


def status(http_status: int, encoding: str, message: str) -> bytes:
    """Return a google.rpc.Status."""
    code = RPC_CODES.get(http_status, 2)
    if encoding == JSON:
        return json.dumps({"code": code, "message": message}).encode()
    return bytes(Status(code=code, message=message).SerializeToString())
