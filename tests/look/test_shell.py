"""What stands around a page: only what somebody may open, and who they are."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from observability.accounts.queries.shown import ShownGrant
from observability.accounts.roles import Role
from observability.shell import scope_words, shell, shell_of
from tests.build import build_facility, build_user, grant


@pytest.mark.parametrize(
    ("facilities", "words"),
    [
        ((), "No facility yet"),
        (("North",), "North"),
        (("North", "South"), "North and South"),
        (("East", "North", "South", "North"), "East and 2 more"),
        (("North", None), "All facilities"),
    ],
)
def test_a_scope_is_told_in_words(facilities: tuple[str | None, ...], words: str) -> None:
    assert scope_words(ShownGrant("support", name) for name in facilities) == words


@pytest.mark.django_db
def test_the_shell_names_roles_and_facilities_in_one_query() -> None:
    north = build_facility("NORTH")
    user = build_user(role=Role.SUPPORT, at=("NORTH",))
    grant(user, Role.EXECUTIVE, at=("NORTH",))
    request = RequestFactory().get("/")
    request.user = user

    with CaptureQueriesContext(connection) as queries:
        around = shell_of(request)

    assert around is not None
    assert around.role == "Executive, Support"
    assert around.scope == north.name
    assert sum(' FROM "grant" ' in query["sql"] for query in queries) == 1


@pytest.mark.django_db
def test_somebody_without_a_grant_is_offered_no_page() -> None:
    request = RequestFactory().get("/")
    request.user = build_user("stranger")

    around = shell_of(request)

    assert around is not None
    assert around.nav == []
    assert around.search_url == ""
    assert around.scope == "No facility yet"


def test_nobody_signed_in_has_no_shell() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()

    assert shell_of(request) is None


@pytest.mark.django_db
def test_a_fragment_that_shows_no_shell_costs_no_query() -> None:
    request = RequestFactory().get("/")
    request.user = build_user("reader")

    with CaptureQueriesContext(connection) as queries:
        shell(request)

    assert len(queries) == 0
