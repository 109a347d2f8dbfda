"""Heartbeats: a connector says that it lives and how much it expects to send."""

import json
import re
from datetime import UTC, datetime
from functools import partial

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.ingest.body import body_of
from integrations.ingest.context import FIRST_US
from integrations.ingest.door import admitted, guarded
from integrations.ingest.heartbeats import Beat, record_heartbeats
from integrations.ingest.records import micros
from integrations.ingest.refusal import Refusal
from integrations.ingest.refusal_problems import as_problem
from observability.core import clock

SIGNAL = "heartbeats"
BEATS_LIMIT = 100
_STREAM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}\Z")


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """One heartbeat as it is posted."""

    stream: str = "main"
    at: datetime | None = None
    expects_per_hour: float | None = None


_one = msgspec.json.Decoder(Said).decode
_many = msgspec.json.Decoder(list[Said]).decode


@csrf_exempt
def heartbeats(request: HttpRequest) -> HttpResponse:
    """Take one heartbeat, or a list of them."""
    if request.method != "POST":
        return as_problem(Refusal(405, "method_not_allowed", headers={"Allow": "POST"}))
    return guarded(partial(_receive, request), as_problem)


def _receive(request: HttpRequest) -> HttpResponse:
    media = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refusal(415, "unsupported_media_type")
    sender = admitted(request, SIGNAL)
    at = clock.now()
    with body_of(request) as body:
        beats = _decode(bytes(body), at)
    record_heartbeats(sender, beats, at)
    return HttpResponse(json.dumps({"accepted": len(beats)}), content_type="application/json")


def _decode(body: bytes, at: datetime) -> list[Beat]:
    try:
        said = _many(body) if body.lstrip().startswith(b"[") else [_one(body)]
    except (msgspec.MsgspecError, ValueError, RecursionError) as exc:
        raise Refusal(400, "not_a_heartbeat") from exc
    beats = {one.stream: _beat(one, at) for one in said}  # the last of a stream counts
    if not 1 <= len(beats) <= BEATS_LIMIT:
        raise Refusal(400, "not_a_heartbeat")
    return [beats[stream] for stream in sorted(beats)]


def _beat(said: Said, at: datetime) -> Beat:
    expects = said.expects_per_hour
    wrong_rate = expects is not None and not 0 <= expects <= 1e9
    when = said.at or at
    if not _STREAM.match(said.stream) or wrong_rate or when.tzinfo is None or micros(when) < FIRST_US:
        raise Refusal(400, "not_a_heartbeat")
    return Beat(said.stream, min(when, at).astimezone(UTC), expects)
