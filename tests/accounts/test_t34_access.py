"""T34: for every URL, every role and a stranger: what is not theirs is not there, read or written."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from integrations.ingest.credentials import issue_key
from observability.accounts.models import User
from observability.accounts.roles import PERMISSIONS, Permission, Role
from observability.core.clock import now
from observability.public import CONNECTOR, PUBLIC
from tests.accounts.doors import DOORS, Door, every_url
from tests.build import build_connector, build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db

GUARDED = {name: door for name, door in DOORS.items() if door.permission}
# Whatever belongs to SOUTH carries one of these into a body.
MARKS = (b"SOUTH", b"South Hospital", b"southern")
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/somewhere/?late=1"}
METHODS = ("get", "post", "put", "patch", "delete")


def ask(client: Client, name: str, door: Door, *, method: str = "get", htmx: bool = False) -> HttpResponse:
    """Ask for a URL whose object belongs to SOUTH."""
    url = reverse(name, kwargs={**door.arguments, **door.anybody(), **door.theirs()})
    headers = HTMX if htmx else {}
    response: HttpResponse = getattr(client, method)(url, data=door.write or None, headers=headers)
    return response


def body(response: HttpResponse) -> bytes:
    """Return what an answer says, also one that is written while it is read."""
    return b"".join(response) if response.streaming else response.content


def holders(permission: Permission | None) -> list[Role]:
    """Return the roles that hold a permission."""
    return [role for role in Role if permission in PERMISSIONS[role]]


def outsider() -> User:
    """Somebody with every role at NORTH: holds every permission, and nothing of it at SOUTH."""
    build_facility("SOUTH")
    user = build_user("outsider")
    for role in Role:
        grant(user, role, at=("NORTH",))
    return user


def test_every_url_has_an_entry_and_every_entry_a_url() -> None:
    found = {name for name, _ in every_url()}

    assert sorted(found - set(DOORS)) == []
    assert sorted(set(DOORS) - found) == []


def test_every_url_requires_what_its_entry_says() -> None:
    declared = {name: getattr(pattern.callback, "permission", None) for name, pattern in every_url()}

    assert declared == {name: door.permission for name, door in DOORS.items()}


def test_what_requires_nothing_stands_on_the_public_list_and_nothing_else_does() -> None:
    assert {name for name, door in DOORS.items() if door.permission is None} == set(PUBLIC)
    assert {name for name, door in DOORS.items() if door.key} == set(CONNECTOR)


def test_a_url_without_an_entry_or_a_guard_is_found(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.accounts.guarded_urls"
    found = {name: getattr(pattern.callback, "permission", None) for name, pattern in every_url()}

    assert set(found) - set(DOORS) == {"audit", "named", "forgotten"}
    assert {name for name, needed in found.items() if needed is None} - set(PUBLIC) == {"forgotten"}


@pytest.mark.parametrize("name", GUARDED)
def test_nobody_signed_in_is_sent_to_sign_in(client: Client, name: str) -> None:
    for method in METHODS:
        page = ask(client, name, GUARDED[name], method=method)
        fragment = ask(client, name, GUARDED[name], method=method, htmx=True)

        assert page.status_code == 302, method
        assert page["Location"].startswith("/sign-in/?next=/"), method
        assert fragment["HX-Redirect"] == "/sign-in/?next=%2Fsomewhere%2F%3Flate%3D1", method
        assert not any(mark in page.content + fragment.content for mark in MARKS), method


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("name", GUARDED)
def test_somebody_without_a_grant_finds_nothing(client: Client, name: str, htmx: bool) -> None:
    sign_in(client, build_user("stranger"))

    for method in METHODS:
        response = ask(client, name, GUARDED[name], method=method, htmx=htmx)

        assert response.status_code == 404, method
        assert not any(mark in body(response) for mark in MARKS), method


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", GUARDED)
def test_a_role_without_the_permission_finds_nothing_even_at_home(
    client: Client, name: str, role: Role
) -> None:
    door = GUARDED[name]
    sign_in(client, build_user(role=role, at=("SOUTH",)))

    statuses = {ask(client, name, door, method=method).status_code for method in METHODS}

    if role in holders(door.permission):
        assert statuses <= {200, 204, 302, 303, 400, 405, 422}
    else:
        assert statuses == {404}


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("name", GUARDED)
def test_another_facility_is_in_no_answer(client: Client, name: str, htmx: bool) -> None:
    door = GUARDED[name]
    sign_in(client, outsider())

    for method in METHODS:
        response = ask(client, name, door, method=method, htmx=htmx)
        of_an_object = bool(door.theirs())
        assert response.status_code in ({404, 405} if of_an_object else {200, 204, 302, 400, 405, 422})
        assert not any(mark in body(response) for mark in MARKS)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", CONNECTOR)
def test_a_session_opens_no_door_of_the_connectors(client: Client, name: str, method: str) -> None:
    sign_in(client, outsider())

    assert ask(client, name, DOORS[name], method=method).status_code in {401, 405, 415}


@pytest.mark.parametrize("name", GUARDED)
def test_t37_a_connectors_key_opens_no_page(client: Client, name: str) -> None:
    key = issue_key(build_connector(), now()).key
    door = GUARDED[name]
    url = reverse(name, kwargs={**door.arguments, **door.anybody(), **door.theirs()})

    response = client.get(url, headers={"Authorization": f"Bearer {key}"})

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")
