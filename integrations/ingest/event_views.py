"""CloudEvents over HTTP: where connectors post business events."""

import json
from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.ingest import accept, failpoints, idempotency, limits
from integrations.ingest.accept import Accepted
from integrations.ingest.auth import Sender
from integrations.ingest.body import body_of
from integrations.ingest.codes import ITEM_CODES
from integrations.ingest.decoders import cloudevents
from integrations.ingest.decoders.errors import MalformedBody, TooManyItems
from integrations.ingest.door import admitted, guarded
from integrations.ingest.refusal import Refusal
from integrations.ingest.refusal_problems import as_problem
from observability.core import clock

ROUTE = "events"
REJECTED_SHOWN = 300  # keeps the answer under the 64 KiB that clients read
CE = "HTTP_CE_"


@csrf_exempt
def events(request: HttpRequest) -> HttpResponse:
    """Take events in binary, structured or batch mode; OPTIONS is the webhook handshake."""
    if request.method == "OPTIONS":
        return _handshake(request)
    if request.method != "POST":
        return as_problem(Refusal(405, "method_not_allowed", headers={"Allow": "POST, OPTIONS"}))
    return guarded(partial(_receive, request), as_problem)


def _handshake(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=200, headers={"Allow": "POST, OPTIONS"})
    origin = request.headers.get("WebHook-Request-Origin", "")
    if origin and origin.lower() in settings.INGEST_WEBHOOK_ORIGINS:
        response["WebHook-Allowed-Origin"] = origin
        response["WebHook-Allowed-Rate"] = str(settings.INGEST_WEBHOOK_RATE)
    return response


def _receive(request: HttpRequest) -> HttpResponse:
    content_type = request.headers.get("Content-Type", "")
    headers = {name[len(CE) :].lower(): value for name, value in request.META.items() if name.startswith(CE)}
    mode = cloudevents.mode_of(content_type, headers)
    if mode is None:
        raise Refusal(415, "unsupported_media_type")
    sender = admitted(request, ROUTE)
    key = idempotency.key_of(request.headers.get("Idempotency-Key"))
    with body_of(request) as body:
        if key is None:
            status, answer = _take(sender, mode, body, content_type, headers)
        else:
            said = json.dumps([content_type, headers], sort_keys=True).encode() + body
            claim = idempotency.claim(sender, ROUTE, key, idempotency.digest_of(said), clock.now())
            if claim.answer is not None:
                return _answer(claim.status, claim.answer, replayed=True)
            with idempotency.released_on_failure(claim):
                status, answer = _take(sender, mode, body, content_type, headers)
                idempotency.remember(claim, status, answer)
    return _answer(status, answer, replayed=False)


def _take(
    sender: Sender, mode: str, body: bytearray, content_type: str, headers: dict[str, str]
) -> tuple[int, bytes]:
    failpoints.hit("decode")
    try:
        batch = cloudevents.decode(mode, body, content_type, headers, accept.bounds())
    except TooManyItems as exc:
        raise Refusal(413, exc.code) from exc
    except MalformedBody as exc:
        raise Refusal(400, exc.code) from exc
    limits.charge(sender, batch.total)
    accepted = accept.accept_events(sender, batch, clock.now())
    return result(accepted)


def result(accepted: Accepted) -> tuple[int, bytes]:
    """Return status and body: what was kept, and per refused event its place and code, never its content."""
    failpoints.hit("answer")
    shown = [
        {"index": one.index, "code": one.code, "detail": ITEM_CODES[one.code]}
        for one in accepted.refused[:REJECTED_SHOWN]
    ]
    nothing = bool(accepted.refused) and not accepted.kept
    body: dict[str, object] = {
        "accepted": accepted.kept,
        "rejected": shown,
        "rejected_count": len(accepted.refused),
        "receipt": str(accepted.receipt) if accepted.receipt else None,
    }
    if nothing:
        body |= {"title": "Every event was refused", "status": 422, "code": "nothing_accepted"}
    return (422 if nothing else 200), json.dumps(body).encode()


def _answer(status: int, body: bytes, *, replayed: bool) -> HttpResponse:
    kind = "application/json" if status == 200 else "application/problem+json"
    response = HttpResponse(body, status=status, content_type=kind)
    if replayed:
        response["Idempotency-Replayed"] = "true"
    return response
