"""OTLP/HTTP: where OpenTelemetry SDKs and Collectors post, unchanged."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.ingest import accept, failpoints, limits, otlp_answers
from integrations.ingest.accept import Accepted
from integrations.ingest.auth import Sender
from integrations.ingest.body import body_of
from integrations.ingest.codes import REQUEST_CODES
from integrations.ingest.decoders import otlp_json, otlp_proto
from integrations.ingest.decoders.errors import MalformedBody, TooManyItems
from integrations.ingest.door import admitted, guarded
from integrations.ingest.otlp_answers import JSON, PROTOBUF
from integrations.ingest.refusal import Refusal
from observability.core import clock

DECODERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("traces", PROTOBUF): otlp_proto.decode_traces,
    ("traces", JSON): otlp_json.decode_traces,
    ("logs", PROTOBUF): otlp_proto.decode_logs,
    ("logs", JSON): otlp_json.decode_logs,
    ("metrics", PROTOBUF): otlp_proto.decode_metrics,
    ("metrics", JSON): otlp_json.decode_metrics,
}
ACCEPT: dict[str, Callable[..., Accepted]] = {
    "traces": accept.accept_spans,
    "logs": accept.accept_logs,
    "metrics": accept.accept_points,
}


@csrf_exempt
def otlp(request: HttpRequest, signal: str) -> HttpResponse:
    """Take one export request of a signal."""
    if request.method != "POST":
        return _text(405, "method_not_allowed", {"Allow": "POST"})
    encoding = otlp_answers.encoding_of(request.headers.get("Content-Type", ""))
    if encoding is None:
        return _text(415, "unsupported_media_type", {})
    return guarded(partial(_receive, request, signal, encoding), partial(_refused, encoding))


def _receive(request: HttpRequest, signal: str, encoding: str) -> HttpResponse:
    if signal not in ACCEPT:
        raise Refusal(404, "signal_not_supported")
    sender = admitted(request, signal)
    with body_of(request) as body:
        accepted = _accept(sender, signal, encoding, body)
    failpoints.hit("answer")
    response = HttpResponse(otlp_answers.success(signal, encoding, accepted.rejected), content_type=encoding)
    if accepted.receipt is not None:
        response["Throughline-Receipt"] = str(accepted.receipt)
    return response


def _accept(sender: Sender, signal: str, encoding: str, body: bytearray) -> Accepted:
    failpoints.hit("decode")
    try:
        decoded = DECODERS[signal, encoding](body, accept.bounds())
    except TooManyItems as exc:
        raise Refusal(413, exc.code) from exc
    except MalformedBody as exc:
        raise Refusal(400, exc.code) from exc
    if encoding == PROTOBUF:
        body.clear()  # the parsed message is a copy
    limits.charge(sender, decoded.total)
    return ACCEPT[signal](sender, decoded, clock.now())


def _refused(encoding: str, refusal: Refusal) -> HttpResponse:
    message = f"{refusal.code}: {REQUEST_CODES[refusal.code]}"
    response = HttpResponse(
        otlp_answers.status(refusal.status, encoding, message),
        status=refusal.status,
        content_type=encoding,
        headers=dict(refusal.headers),
    )
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def _text(status: int, code: str, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(
        REQUEST_CODES[code], status=status, content_type="text/plain; charset=utf-8", headers=headers
    )
