"""A whole page or the named part of it that htmx asked for; the caches are told that these differ."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails


def render_page(
    request: HttpRequest, template: str, context: dict[str, Any], *, fragment: str, status: int = 200
) -> HttpResponse:
    """Render `template`, or only its partial `fragment` where htmx will put it into a page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    # A boosted link, or a Back button whose snapshot is gone, needs the whole page.
    part = bool(htmx) and htmx is not None and not htmx.boosted and not htmx.history_restore_request
    response = render(request, f"{template}#{fragment}" if part else template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
