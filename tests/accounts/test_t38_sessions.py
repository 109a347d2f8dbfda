"""T38: how a session ends, and what every page and form owes to the browser it is shown in."""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from observability.accounts.models import OpenedGlass, User
from observability.accounts.roles import PERMISSIONS, Role
from observability.public import OWING
from tests.accounts.doors import DOORS
from tests.accounts.test_installation import PRODUCTION
from tests.build import PASSWORD, build_facility, build_transaction, build_user, grant, sign_in
from tests.build.factors import build_app

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[2]
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
POLL = {"HX-Request": "true", "HX-Current-URL": "http://testserver/?late=1", "X-Polling": "1"}
GUARDED = sorted(name for name, door in DOORS.items() if door.permission)
PEOPLES = sorted(name for name, door in DOORS.items() if door.permission or name.startswith("accounts:"))


def signed_in_at_eight(client: Client) -> Client:
    """Somebody who signed in by the form at eight."""
    build_user(role=Role.SUPPORT)
    with time_machine.travel(MORNING, tick=False):
        client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    return client


def ask(client: Client, minutes: float, **headers: str) -> HttpResponse:
    """Ask for the board so many minutes after eight."""
    with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
        return cast(HttpResponse, client.get("/", headers=headers))


def url_of(name: str) -> str:
    """Return an address of a door."""
    door = DOORS[name]
    return reverse(name, kwargs={**door.arguments, **door.anybody(), **door.theirs()})


def everybody(client: Client) -> Client:
    """Somebody who holds every role everywhere."""
    build_facility("SOUTH")
    user = build_user("everybody")
    for role in PERMISSIONS:
        grant(user, role, at=None)
    return sign_in(client, user)


def test_a_window_left_open_does_not_keep_its_session_alive(client: Client) -> None:
    signed_in_at_eight(client)

    polled = [ask(client, minutes, **POLL) for minutes in range(1, 17)]

    assert [response.status_code for response in polled] == [200] * 16
    assert ["HX-Redirect" in response for response in polled] == [False] * 15 + [True]
    assert polled[-1]["HX-Redirect"] == "/sign-in/?next=%2F%3Flate%3D1"
    assert "_auth_user_id" not in client.session


def test_a_click_between_two_polls_does(client: Client) -> None:
    signed_in_at_eight(client)
    for minutes in range(1, 15):
        ask(client, minutes, **POLL)
    ask(client, 14.5)

    assert "HX-Redirect" not in ask(client, 29, **POLL)
    assert "HX-Redirect" in ask(client, 30, **POLL)


def test_a_page_left_open_goes_when_the_glass_that_showed_it_closes(client: Client) -> None:
    sam, page = signed_in_at_eight(client), f"/transactions/{build_transaction('SOUTH').pk}/"
    south, closes = build_facility("SOUTH").pk, MORNING + timedelta(minutes=5)
    OpenedGlass.objects.create(
        user=User.objects.get(),
        facility_id=south,
        reason="On call tonight",
        opened_at=MORNING,
        expires_at=closes,
    )

    def poll(minutes: float) -> HttpResponse:
        with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
            return cast(HttpResponse, sam.get(page, headers=POLL))

    open_, closed = poll(4), poll(6)
    assert (open_.status_code, open_.headers.get("HX-Refresh")) == (200, None)
    assert (closed.status_code, closed.headers.get("HX-Refresh")) == (404, "true")


def test_polling_does_not_outlast_the_working_day_either(client: Client) -> None:
    signed_in_at_eight(client)
    for minutes in range(10, 12 * 60 + 1, 10):
        assert ask(client, minutes).status_code == 200

    assert "HX-Redirect" in ask(client, 12 * 60 + 1, **POLL)


def test_a_new_password_ends_every_session_of_that_person(client: Client) -> None:
    user = build_user(role=Role.SUPPORT)
    windows = [sign_in(Client(), user) for _ in range(2)]
    assert [window.get("/").status_code for window in windows] == [200, 200]
    user.set_password("another horse battery")
    user.save()

    assert [window.get("/").status_code for window in windows] == [302, 302]


def test_somebody_switched_off_is_refused_and_stays_out_when_switched_on_again(client: Client) -> None:
    user = build_user(role=Role.SUPPORT)
    sign_in(client, user).get("/")
    for active in (False, True):
        user.is_active = active
        user.save()
        assert client.get("/").status_code == 302


@pytest.mark.parametrize("htmx", [False, True])
def test_whoever_owes_a_second_factor_is_led_to_it_from_every_address(
    client: Client, settings: Settings, htmx: bool
) -> None:
    settings.SECOND_FACTOR_ROLES = ["all"]
    everybody(client)
    headers = {"HX-Request": "true"} if htmx else {}
    found = {
        (name, method): getattr(client, method)(url_of(name), headers=headers)
        for name in DOORS.keys() - OWING
        for method in ("get", "post")
    }

    where = "HX-Redirect" if htmx else "Location"
    assert {answer.headers.get(where) for answer in found.values()} == {"/account/second-factor/"}
    assert client.get("/account/second-factor/").status_code == 200
    assert not any(answer.content for answer in found.values())


def test_a_session_that_never_saw_the_second_factor_signs_in_again(
    client: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = ["support"]
    user = build_user(role=Role.SUPPORT)
    build_app(user)
    sign_in(client, user)

    assert ask(client, 0)["Location"] == "/sign-in/?next=/"
    assert "_auth_user_id" not in client.session


def test_a_role_that_demands_none_and_one_that_is_held_no_more_lead_nowhere(
    client: Client, settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = ["auditor"]
    user = build_user(role=Role.SUPPORT)
    grant(user, Role.AUDITOR, at=("NORTH",))
    sign_in(client, user)
    assert client.get("/").status_code == 302

    user.grants.filter(role=Role.AUDITOR).update(valid_to=date(2026, 3, 1))

    assert client.get("/").status_code == 200


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize("name", PEOPLES)
def test_no_form_is_taken_without_its_token(name: str, htmx: bool) -> None:
    client = everybody(Client(enforce_csrf_checks=True))
    headers = {"HX-Request": "true"} if htmx else {}

    statuses = {
        getattr(client, method)(url_of(name), headers=headers).status_code
        for method in ("post", "put", "patch", "delete")
    }

    assert statuses == {403}


@pytest.mark.parametrize("name", GUARDED)
def test_no_page_is_kept_and_none_runs_what_stands_in_it(client: Client, name: str) -> None:
    response = everybody(client).get(url_of(name))

    policy = dict(part.strip().partition(" ")[::2] for part in response["Content-Security-Policy"].split(";"))
    assert "no-store" in response["Cache-Control"]
    assert "unsafe" not in policy["script-src"] + policy["style-src"]
    assert "http" not in policy["script-src"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"


def test_what_is_said_once_is_said_in_the_session_and_no_further_cookie_is_set(client: Client) -> None:
    sign_in(client, build_user(role=Role.SUPPORT))

    answer = client.post("/account/sessions/end/", {"session": "none"}, follow=True)

    assert "nothing to end" in answer.content.decode()
    assert set(client.cookies) <= {"session", "csrf"}


def test_in_production_cookies_are_bound_to_the_host_and_tls_to_a_year() -> None:
    names = (
        "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
        "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SECURE_HSTS_SECONDS",
    )  # fmt: skip
    read = f"import json, observability.settings as s; print(json.dumps([getattr(s, n) for n in {names!r}]))"
    servers = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "PATH")}
    printed = subprocess.run(
        [sys.executable, "-c", read], cwd=ROOT, env=servers | PRODUCTION, capture_output=True, check=True,
        timeout=60,
    ).stdout  # fmt: skip

    found = json.loads(printed)
    assert found[:6] == ["__Host-session", "__Host-csrf", True, True, True, "Lax"]
    assert found[6] >= 365 * 86_400
