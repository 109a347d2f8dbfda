"""What every ingest address does before it reads a body, and the promise that none ever answers 500."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from integrations.ingest import auth, failpoints, limits, pressure
from integrations.ingest.auth import Sender
from integrations.ingest.refusal import Refusal

log = logging.getLogger(__name__)

Render = Callable[[Refusal], HttpResponse]


def guarded(work: Callable[[], HttpResponse], render: Render) -> HttpResponse:
    """Do the work of one request; a refusal is rendered, anything unexpected becomes 503 with Retry-After.

    A client of OTLP drops its data on 500 and keeps it on 503.
    """
    try:
        return work()
    except Refusal as refusal:
        return render(refusal)
    except Exception:
        # The log keeps type and place only: texts of database errors quote the values they are about.
        log.error("ingest_failed", exc_info=True)
        return render(Refusal(503, "unavailable", retry_after=settings.INGEST_RETRY_SECONDS))


def authenticated(request: HttpRequest) -> Sender:
    """Return the sender of a request, from its headers alone. Raises Refusal."""
    failpoints.hit("auth")
    if "access_token=" in request.META.get("QUERY_STRING", ""):  # as it came: no number of fields is too many
        raise Refusal(401, "key_in_url", headers={"WWW-Authenticate": "Bearer"})
    header = request.headers.get("Authorization", "")
    if not header:
        raise Refusal(401, "missing_key", headers={"WWW-Authenticate": "Bearer"})
    sender = auth.sender_of(header)
    if sender is None:
        raise Refusal(401, "unknown_key", headers={"WWW-Authenticate": "Bearer"})
    return sender


def admitted(request: HttpRequest, signal: str) -> Sender:
    """Return a sender that may post `signal` now. Raises Refusal: 401, 403, 410, 429, 503."""
    sender = authenticated(request)
    if sender.retired:
        raise Refusal(410, "connector_retired")
    if signal not in sender.signals:
        raise Refusal(403, "signal_not_granted")
    failpoints.hit("limit")
    wait = limits.admit(sender)
    if wait is not None:
        raise Refusal(429, "rate_exceeded", retry_after=wait)
    failpoints.hit("pressure")
    code = pressure.refusal()
    if code is not None:
        raise Refusal(503, code, retry_after=settings.INGEST_RETRY_SECONDS)
    return sender
