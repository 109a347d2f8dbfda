"""The API description names every ingest address and code, with examples, for those who may see it."""

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from integrations.api.described import DESCRIBED
from integrations.ingest import urls
from observability.accounts.roles import Role
from tests.build import build_user, sign_in


def described() -> dict[str, dict[str, dict[str, object]]]:
    """Return the paths of the generated document."""
    generator: Any = SchemaGenerator
    check: Any = validate_schema
    document = generator(patterns=DESCRIBED).get_schema(request=None, public=True)
    check(document)
    return dict(document["paths"])


def test_every_ingest_address_is_described_with_its_codes() -> None:
    assert [str(one.pattern) for one in DESCRIBED] == [str(one.pattern) for one in urls.urlpatterns]
    for path, operations in described().items():
        for operation in operations.values():
            codes = set(operation["responses"])  # type: ignore[call-overload]
            assert {"200", "401", "503"} <= codes, path


def test_the_examples_are_there() -> None:
    body = described()["/api/v1/events"]["post"]["requestBody"]
    assert "charge.captured.v1" in str(body)


@pytest.mark.django_db
def test_the_pages_are_for_those_who_may_see_them(client: Client) -> None:
    assert client.get("/api/docs/").status_code == 302
    sign_in(client, build_user(role=Role.ENGINEER))
    page = client.get("/api/docs/")
    assert (page.status_code, b"<script>" in page.content) == (200, False)
    assert b"/api/v1/events" in client.get("/api/schema/").content


@pytest.mark.django_db
def test_the_page_leads_back_to_the_product(client: Client) -> None:
    sign_in(client, build_user(role=Role.ENGINEER))
    page = client.get("/api/docs/").content.decode()
    assert page.index('<a href="/">') < page.index('id="swagger-ui"')
    # The page is ours around Swagger's: what it loads has to be there.
    found = re.findall(r'(?:src|href)="/static/([^"?]+)', page)
    assert len(found) == 5
    assert all(finders.find(name) for name in found)
