"""The pages of the API's description, loaded when somebody first opens one.

They bring ten megabytes of modules, which a web worker that takes telemetry all its life never needs.
"""

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest
from django.http.response import HttpResponseBase

View = Callable[[HttpRequest], HttpResponseBase]


def schema(request: HttpRequest) -> HttpResponseBase:
    """Return the description as an OpenAPI document."""
    return _views()[0](request)


def docs(request: HttpRequest) -> HttpResponseBase:
    """Return the page that shows the description."""
    return _views()[1](request)


@cache
def _views() -> tuple[View, View]:
    from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

    from integrations.api.described import DESCRIBED

    return (
        SpectacularAPIView.as_view(patterns=DESCRIBED),
        SpectacularSwaggerSplitView.as_view(
            url_name="api-schema", template_name="integrations/api_docs.html"
        ),
    )
