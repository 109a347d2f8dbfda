"""T21: some items refused, the others stored; the count is exact and the words hold none of the values."""

import json
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from integrations.models import Inbox
from tests.ingest.otlp_requests import gauge, logs, traces
from tests.ingest.posting import JSON, PROTOBUF, Poster, otlp_json

pytestmark = pytest.mark.django_db

N = 4
OLD = {"start_time_unix_nano": 5, "name": "CANARY-4711"}
BAD: dict[str, Any] = {
    "traces": lambda k: traces(*[OLD] * k, *[{}] * (N - k)),
    "metrics": lambda k: gauge(*[{"time_unix_nano": 5}] * k, *[{}] * (N - k)),
    "logs": lambda k: logs(
        *[{"time_unix_nano": 5, "body": "CANARY-4711"} for _ in range(k)], *[{} for _ in range(N - k)]
    ),
}
ANSWERS: dict[str, tuple[Any, str, str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans", "rejectedSpans"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points", "rejectedDataPoints"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records", "rejectedLogRecords"),
}


@pytest.mark.parametrize("k", range(N + 1))
@pytest.mark.parametrize("encoding", [JSON, PROTOBUF])
@pytest.mark.parametrize("signal", ["traces", "metrics", "logs"])
def test_t21_k_of_n_refused(post: Poster, signal: str, encoding: str, k: int) -> None:
    request = BAD[signal](k)

    response = post.otlp(signal, request if encoding == PROTOBUF else otlp_json(request), encoding)

    assert response.status_code == 200
    message, proto_name, json_name = ANSWERS[signal]
    if encoding == JSON:
        said = json.loads(response.content)
        assert said.keys() == ({"partialSuccess"} if k else set())
        count = int(said["partialSuccess"][json_name]) if k else 0
    else:
        parsed = message.FromString(response.content)
        assert parsed.HasField("partial_success") is bool(k)
        count = getattr(parsed.partial_success, proto_name)
    assert count == k
    row = Inbox.objects.get()
    assert (row.items, sum(row.rejected.values())) == (N - k, k)
    assert b"4711" not in response.content
