"""URLs that fail in the ways a page or an endpoint can fail."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path

SECRET = "MRN-4711000001"


def away(request: HttpRequest) -> HttpResponse:
    """The database is gone."""
    raise OperationalError(f"connection lost while asking for {SECRET}")


def broken(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    raise ValueError(SECRET)


def denied(request: HttpRequest) -> HttpResponse:
    """The right is missing."""
    raise PermissionDenied(SECRET)


def strange(request: HttpRequest) -> HttpResponse:
    """The request makes no sense."""
    raise SuspiciousOperation(SECRET)


urlpatterns = [
    path("away/", away, name="livez"),
    path("broken/", broken, name="livez"),
    path("denied/", denied, name="livez"),
    path("strange/", strange, name="livez"),
    path("v1/broken", broken, name="livez"),
]
handler400 = "observability.errors.bad_request"
handler403 = "observability.errors.forbidden"
handler404 = "observability.errors.not_found"
handler500 = "observability.errors.fault"
