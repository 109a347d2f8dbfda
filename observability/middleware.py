"""What holds for every answer: a request id, a closed door by default, headers, one access line."""

import logging
import re
import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django_htmx.http import HttpResponseClientRedirect

from observability.accounts import displays, session
from observability.accounts.guard import to_second_factor
from observability.accounts.looks import note_denied
from observability.accounts.models import User
from observability.accounts.signing_in import client_address
from observability.accounts.viewing import viewing
from observability.core import origin, request_id
from observability.core.clock import now
from observability.core.ids import uuid7
from observability.public import OWING, PUBLIC

Answer = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger("observability.access")

SAFE = ("GET", "HEAD", "OPTIONS")
TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), "
    "payment=(), usb=()"
)


def request_ids(get_response: Answer) -> Answer:
    """Name each request and write its access line; a name from outside may say anything and is not taken."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        name = str(uuid7())
        request.request_id = name  # type: ignore[attr-defined]
        request_id.begin(name)
        origin.begin(_origin(request))
        started = time.perf_counter()
        response = get_response(request)
        response["X-Request-ID"] = name
        match = request.resolver_match
        # The view's name, not the path: paths and query strings may carry what was searched.
        log.info(
            "request",
            extra={
                "method": request.method or "",
                "view": match.view_name if match else "none",
                "status": response.status_code,
                "ms": round((time.perf_counter() - started) * 1000, 1),
            },
        )
        request_id.begin("")
        origin.begin(origin.NOWHERE)
        return response

    return answer


def _origin(request: HttpRequest) -> origin.Origin:
    def session_key() -> str:
        kept = getattr(request, "session", None)
        return (kept.session_key or "") if kept is not None else ""

    sent = TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return origin.Origin(lambda: client_address(request), session_key, sent[1] if sent else "")


def headers(get_response: Answer) -> Answer:
    """Keep pages out of every cache and switch off what no page of ours uses.

    And where a page that keeps itself current is there no more, as when a broken glass has closed again, have
    the browser load it anew: what it showed would stay on the screen.
    """

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == 404 and session.POLLING_HEADER in request.headers:
            response["HX-Refresh"] = "true"
        response.setdefault("Cache-Control", "no-store")
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return answer


def session_limits(get_response: Answer) -> Answer:
    """End a session that nobody used for a while, that is simply old, or whose person was switched off."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        # Nobody's session is looked up for a request that brings none: a connector's, above all.
        brought = settings.SESSION_COOKIE_NAME in request.COOKIES
        if brought and displays.is_display(request.session):
            request.display = displays.showing(request.session, now())  # type: ignore[attr-defined]
            if displays.asking(request) is None:
                logout(request)
                return _to_its_end(request)
        elif brought and _is_over(request):
            logout(request)
        return get_response(request)

    return answer


def _to_its_end(request: HttpRequest) -> HttpResponseBase:
    """Lead a display to the words that it is over: nobody stands there who could sign in."""
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(resolve_url("accounts:display-over"))
    return redirect("accounts:display-over")


def _is_over(request: HttpRequest) -> bool:
    if not isinstance(request.user, User):
        # Of somebody switched off or with a new password: gone for good, also when they are back.
        return SESSION_KEY in request.session
    session.note_device(request.session, request.headers.get("User-Agent", ""))
    return session.is_over(request.session, now(), polled=session.POLLING_HEADER in request.headers)


class ViewersOnlyRead:
    """Refuses, in words, whatever would change something while somebody sees as somebody else."""

    ALLOWED = ("accounts:end-viewing", "accounts:sign-out")

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Answer 403 for an unsafe method. Where there is no session nobody sees as somebody else."""
        match = request.resolver_match
        if request.method in SAFE or settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        at = now()
        seen_as = viewing(request, at=at)
        if (match and match.view_name in self.ALLOWED) or seen_as is None:
            return None
        note_denied(
            user=cast(User, request.user),
            view=match.view_name if match else "none",
            named=match.kwargs if match else {},
            at=at,
            seen_as=seen_as.person,
        )
        return render(request, "accounts/only_reading.html", status=403)


class ClosedDoors:
    """Refuses every view that neither requires a permission nor stands on the public list.

    To a wall display it refuses whatever is not for displays, the public list included.
    And all but a few to a session that owes a second factor.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        """Answer 404 for an unguarded door (a test names it long before anybody meets it here).

        And lead whoever owes a second factor to it, whatever they asked for.
        """
        match = request.resolver_match
        if displays.asking(request) is not None and not getattr(view, "displays", False):
            raise Http404
        if not hasattr(view, "permission") and (match is None or match.view_name not in PUBLIC):
            log.error("unguarded_view", extra={"view": match.view_name if match else "none"})
            raise Http404
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or (match and match.view_name in OWING):
            return None
        return to_second_factor(request)
