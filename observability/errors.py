"""What somebody sees when a request fails: what happened, what to do, and the id that finds it in the log."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from observability.accounts.audit import NotOnRecord
from observability.core.problems import problem

log = logging.getLogger(__name__)

MACHINE_PATHS = ("/v1/", "/api/v1/")
RETRY_AFTER_SECONDS = 5
CODES = {
    400: "bad_request",
    403: "forbidden",
    404: "not_found",
    503: "unavailable",
}
UNRECORDED = "audit_unavailable"


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _answer(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403."""
    return _answer(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form whose token does not belong to the session."""
    return _answer(request, 403, page="csrf")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404, the same for what does not exist and for what is not theirs to know."""
    return _answer(request, 404)


def fault(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours: 503 where waiting helps, and always to a machine, which gives up at 500."""
    if isinstance(sys.exc_info()[1], NotOnRecord):
        return _answer(request, 503, page="record", code=UNRECORDED)
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return _answer(request, 503 if away or _by_machine(request) else 500)


def _by_machine(request: HttpRequest) -> bool:
    return request.path.startswith(MACHINE_PATHS)


def _answer(request: HttpRequest, status: int, *, page: str = "", code: str = "") -> HttpResponse:
    if _by_machine(request):
        response = problem(status, code or CODES[status])
    else:
        response = HttpResponse(_page(request, page or str(status), code), status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _page(request: HttpRequest, name: str, code: str) -> str:
    request_id = getattr(request, "request_id", "")
    # Rendered without the request: nothing here may ask the database, which may be what is away.
    try:
        return render_to_string(
            f"errors/{name}.html",
            {"request_id": request_id, "retry_after": RETRY_AFTER_SECONDS, "code": code},
        )
    except Exception:  # the page that tells of a fault must not be the next one
        log.exception("error_page_failed")
        return f"<!doctype html><title>Error</title><p>Something went wrong. Request {request_id}</p>"
