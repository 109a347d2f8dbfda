"""Somebody changes their own password: what it takes, and what it ends."""

import pytest
from django.test import Client
from pytest_django import Settings

from observability.accounts.models import AuditRow
from tests.build import PASSWORD, build_user, sign_in

pytestmark = pytest.mark.django_db
NEW = "another horse battery"


def change(client: Client, *, old: str = PASSWORD, new: str = NEW, again: str = "") -> int:
    """Post the form; return the status."""
    return client.post("/account/", {"old": old, "new": new, "again": again or new}).status_code


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("pk").values_list("act", flat=True))


def test_it_keeps_this_session_under_a_new_id_and_ends_the_others(client: Client) -> None:
    user = build_user()
    other = sign_in(Client(), user)
    before = sign_in(client, user).session.session_key

    assert change(client) == 302
    assert client.get("/account/").status_code == 200
    assert client.session.session_key != before
    assert other.get("/account/").status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert acts() == ["password_changed"]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"old": "wrong"}, "This is not your password."),
        ({"new": "short"}, "at least 12 characters"),
        ({"new": "password1234"}, "too common"),
        ({"again": "something else entirely"}, "another one here"),
    ],
)
def test_a_mistake_changes_nothing_and_is_named(client: Client, said: dict[str, str], why: str) -> None:
    user = build_user()
    sign_in(client, user)

    answer = client.post("/account/", {"old": PASSWORD, "new": NEW, "again": said.get("new", NEW)} | said)

    assert answer.status_code == 422
    assert why in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_an_open_window_is_no_place_to_guess_the_password(client: Client, settings: Settings) -> None:
    user = build_user()
    sign_in(client, user)
    for _ in range(settings.SIGN_IN_FAILURES):
        change(client, old="wrong")

    assert change(client) == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
    assert acts() == ["sign_in_failed"] * settings.SIGN_IN_FAILURES + ["sign_in_blocked"]


def test_nobody_signed_in_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert change(client) == 302


def test_the_shared_password_of_a_demonstration_stays(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    user = build_user()
    sign_in(client, user)

    assert change(client) == 422
    user.refresh_from_db()
    assert user.check_password(PASSWORD)
