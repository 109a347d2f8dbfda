"""A refusal as a problem document (RFC 9457), for every address that is not OTLP."""

from django.http import HttpResponse

from integrations.ingest.codes import REQUEST_CODES
from integrations.ingest.refusal import Refusal
from observability.core.problems import problem


def as_problem(refusal: Refusal) -> HttpResponse:
    """Return the document and its headers."""
    response = problem(
        refusal.status,
        refusal.code,
        detail=REQUEST_CODES[refusal.code],
        retry_after=refusal.retry_after,
    )
    for name, value in refusal.headers.items():
        response[name] = value
    return response
