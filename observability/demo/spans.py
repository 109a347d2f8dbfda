"""What the interface engine did with messages: spans as OTLP/JSON writes them, without their resource."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from observability.demo.network import ENGINE, Place, charge_interface
from observability.demo.saying import SPAN, Said, span_id

INTERNAL, SERVER, CLIENT = 1, 2, 3
ERROR = 2
NANOSECONDS = 1_000_000_000
MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class ChargeFlow:
    """One charge on its way through the engine; `posted` is when the answer came."""

    place: Place
    trace: str
    captured: int
    posted: int
    refused: bool


def charge_spans(flow: ChargeFlow) -> Iterator[Said]:
    """Yield the spans of one charge: received, transformed, looked up, sent on."""
    interface = charge_interface(flow.place)
    took = 30 + int(flow.trace[:2], 16) // 4  # milliseconds, the same whenever it is told
    names = (
        ("ehr-outbound", f"{interface} receive DFT^P03", SERVER, 0, took),
        ("interface-engine", "transform DFT^P03", INTERNAL, 2, took // 2),
        ("interface-engine", "look up charge code", CLIENT, 4, took // 4),
    )
    for ordinal, (service, name, kind, after, milliseconds) in enumerate(names):
        words = _words({"hl7.message.type": "DFT^P03", "messaging.system": "hl7v2"})
        yield _span(flow, ordinal, service, name, kind, after, milliseconds, words)
    if flow.refused:
        tried = _words({"peer.service": "revenue-cycle", "error.type": "ConnectionRefused", "retry.count": 3})
        yield _span(flow, 3, "interface-engine", "POST /charges", CLIENT, took, 9_000, tried, failed=True)
    else:
        sent = _words({"peer.service": "revenue-cycle", "http.response.status_code": 201})
        yield _span(flow, 3, "interface-engine", "POST /charges", CLIENT, took, 12 + took // 3, sent)


def _span(
    flow: ChargeFlow,
    ordinal: int,
    service: str,
    name: str,
    kind: int,
    after: int,
    milliseconds: int,
    words: Sequence[dict[str, Any]],
    *,
    failed: bool = False,
) -> Said:
    start = flow.captured * NANOSECONDS + after * MILLISECOND
    body: dict[str, Any] = {
        "service": service,
        "traceId": flow.trace,
        "spanId": span_id(flow.trace, ordinal),
        "parentSpanId": span_id(flow.trace, 0) if ordinal else "",
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + milliseconds * MILLISECOND),
        "attributes": words,
        "status": {"code": ERROR, "message": "connection refused"} if failed else {},
    }
    return Said(flow.captured + (after + milliseconds) // 1000, ENGINE, SPAN, body)


def _words(said: dict[str, str | int]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}}
        for key, value in said.items()
    ]
