"""Error bodies after RFC 9457, made from stable codes; docs/errors.md explains every code."""

import json
from typing import Any

from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "The request cannot be read",
    401: "The key is missing or unknown",
    403: "The key does not allow this",
    404: "There is no such thing",
    405: "The method is not allowed here",
    409: "The first request with this key still runs",
    410: "The connector is retired",
    413: "The body is too large",
    415: "The type or encoding of the body is not supported",
    422: "The request is understood and refused",
    429: "Too much at once",
    503: "Not now",
}


def problem(
    status: int, code: str, *, detail: str = "", retry_after: int | None = None, **members: Any
) -> HttpResponse:
    """Return a problem document. `detail` is our own sentence and never repeats what was sent."""
    body: dict[str, Any] = {"title": TITLES.get(status, "Error"), "status": status, "code": code}
    if detail:
        body["detail"] = detail
    response = HttpResponse(json.dumps(body | members), status=status, content_type=MEDIA_TYPE)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response
