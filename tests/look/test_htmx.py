"""One address serves the page, its refresh and the Back button."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from observability.core.htmx import render_page
from tests.look import tracing_samples

PAGE, PART = "<!doctype html>", '<div id="connectors"'


def answer(**headers: str) -> HttpResponse:
    """Ask for the connectors with these headers of htmx."""

    def view(request: HttpRequest) -> HttpResponse:
        return render_page(
            request, "integrations/connectors.html", tracing_samples.connectors(), fragment="connectors"
        )

    request = RequestFactory().get("/connectors/", headers=headers)
    response = HtmxMiddleware(view)(request)
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("headers", "begins"),
    [
        ({}, PAGE),
        ({"HX-Request": "true"}, PART),
        ({"HX-Request": "true", "HX-Boosted": "true"}, PAGE),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, PAGE),
    ],
)
def test_htmx_gets_the_part_and_everyone_else_the_page(headers: dict[str, str], begins: str) -> None:
    body = answer(**headers).content.decode().strip()

    assert begins in body[:400]
    assert (PAGE in body) == (begins == PAGE)


def test_caches_are_told_that_the_two_differ() -> None:
    assert "HX-Request" in answer()["Vary"]
