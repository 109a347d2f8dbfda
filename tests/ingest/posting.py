"""Post like a connector: through the test client, with a key, in every encoding."""

import base64
import gzip
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.http import HttpResponse
from django.test import Client
from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from integrations.ingest.credentials import issue_key
from integrations.ingest.records import Event, Gauge, Span, decode
from integrations.models import Connector, Inbox
from observability.core import clock
from observability.core.partitions import ensure_days
from tests.build import build_connector

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
BATCH = "application/cloudevents-batch+json"
MESSAGES: dict[str, Any] = {
    "traces": ExportTraceServiceRequest,
    "metrics": ExportMetricsServiceRequest,
    "logs": ExportLogsServiceRequest,
}


Kind = TypeVar("Kind", Event, Span, Gauge)


@dataclass(frozen=True)
class Poster:
    """A connector and its key."""

    connector: Connector
    key: str
    client: Client

    def raw(self, path: str, body: bytes, content_type: str | None, **headers: str) -> HttpResponse:
        """Post bytes as they are; headers are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.key}")
        if content_type:  # the client leaves it out of its own accord where the body is empty
            named["Content-Type"] = content_type
        return self.client.generic(  # type: ignore[return-value]
            "POST", path, body, content_type=content_type or "", headers=named
        )

    def otlp(
        self, signal: str, message: Any, encoding: str = PROTOBUF, *, zipped: bool = False
    ) -> HttpResponse:
        """Post an export request (a protobuf message, or a dict for JSON)."""
        body = message.SerializeToString() if encoding == PROTOBUF else json.dumps(message).encode()
        headers = {}
        if zipped:
            body, headers = gzip.compress(body), {"Content_Encoding": "gzip"}
        return self.raw(f"/v1/{signal}", body, encoding, **headers)

    def events(self, events: list[dict[str, Any]], **headers: str) -> HttpResponse:
        """Post a batch of CloudEvents."""
        return self.raw("/api/v1/events", json.dumps(events).encode(), BATCH, **headers)


def poster(name: str = "lab-feed", *, facilities: tuple[str, ...] = ("NORTH",)) -> Poster:
    """Return a connector with a fresh key, and make sure that the inbox has room for today."""
    today = clock.now().date()
    ensure_days("inbox", [today, today + timedelta(days=1)], by_date=True)
    connector = build_connector(name, facilities=facilities)
    return Poster(connector, issue_key(connector, clock.now()).key, Client())


def stored(kind: type[Kind]) -> list[Kind]:
    """Return every record of one kind in the inbox, in order of arrival."""
    rows = Inbox.objects.order_by("received_at", "id")
    return [record for row in rows for record in decode(bytes(row.blob)) if isinstance(record, kind)]


def otlp_json(message: Any) -> dict[str, Any]:
    """Return a protobuf request as OTLP/JSON: Google's mapping, with the ids in hex as OTLP wants them."""
    said = json_format.MessageToDict(message, use_integers_for_enums=True)
    return _hexed(said)  # type: ignore[no-any-return]


def _hexed(node: Any) -> Any:
    if isinstance(node, list):
        return [_hexed(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: base64.b64decode(value).hex()
        if name in ("traceId", "spanId", "parentSpanId") and isinstance(value, str)
        else _hexed(value)
        for name, value in node.items()
    }
