"""Request bodies as connectors send them: one is built, the others are it with other ids."""

import json
import time
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from observability.bench import claims

TRACES = "/v1/traces"
EVENTS = "/api/v1/events"
_TRACE_MARK = b"bench-trace-"  # twelve of a trace id's sixteen bytes
_CLAIM_MARK = b"@@@@@@"
_ROUTES = ("/fhir/Claim/{id}", "/fhir/Encounter/{id}", "/billing/charges", "/scheduling/slots")


@dataclass(frozen=True, slots=True)
class Body:
    """A body with a mark in it, from which any number of different bodies are made."""

    path: str
    content_type: str
    items: int
    text: bytes
    mark: bytes

    def number(self, n: int) -> bytes:
        """Return the body whose ids no other number has."""
        width = len(self.mark)
        other = b"%0*d" % (width, n) if self.mark == _CLAIM_MARK else b"bench" + n.to_bytes(width - 5, "big")
        return self.text.replace(self.mark, other)


def spans(items: int, *, filler: int = 0) -> Body:
    """Return a body of technical spans with four attributes; `filler` bytes make each one longer."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    named = group.resource.attributes.add(key="service.name")
    named.value.string_value = "interface-engine"
    scope = group.scope_spans.add()
    at = time.time_ns()
    for n in range(items):
        span = scope.spans.add(
            trace_id=_TRACE_MARK + n.to_bytes(4, "big"),
            span_id=(n + 1).to_bytes(8, "big"),
            name="POST " + _ROUTES[n % 4],
            kind=2,
            start_time_unix_nano=at - 1_000_000 * n,
            end_time_unix_nano=at - 1_000_000 * n + 750_000,
        )
        for key, text in (("http.request.method", "POST"), ("http.route", _ROUTES[n % 4])):
            span.attributes.add(key=key).value.string_value = text
        for key, number in (("http.response.status_code", 200), ("server.port", 8443)):
            span.attributes.add(key=key).value.int_value = number
        if filler:
            span.attributes.add(key="bench.filler").value.string_value = "x" * filler
    return Body(TRACES, "application/x-protobuf", items, request.SerializeToString(), _TRACE_MARK)


def events(items: int, *, filler: int = 0) -> Body:
    """Return a batch of submitted claims: three keys and eight attributes each."""
    batch = [_submitted(n, "x" * filler) for n in range(items)]
    kind = "application/cloudevents-batch+json"
    return Body(EVENTS, kind, items, json.dumps(batch).encode(), _CLAIM_MARK)


def _submitted(n: int, filler: str) -> dict[str, object]:
    mark = _CLAIM_MARK.decode()
    claim = f"B{mark}{n:05d}"
    return {
        "specversion": "1.0",
        "id": f"{claim}-1",
        "source": "bench",
        "type": "claim.submitted.v1",
        "time": "2026-01-05T00:00:00Z",
        "data": {
            "claim_no": claim,
            "issuer": f"npi:{claims.NPI}",
            "facility_ids": [{"authority": "npi", "code": claims.NPI}],
            "account_no": f"A{mark}{n:05d}",
            "payer": f"PAYER{n % 7}",
            "amount": "450.00",
            "sequence": 101,
            # the eight
            "frequency": "1",
            "claim_type": "P",
            "purpose": "CH",
            "payer_sequence": "P",
            "service_from": "2026-01-02",
            "service_to": "2026-01-03",
            "set_date": "2026-01-05",
            "date_only": True,
            **({"filler": filler} if filler else {}),
        },
    }
