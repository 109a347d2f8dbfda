"""Signing in and out: what the right password opens, and what guessing gets."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from observability.accounts.models import AuditRow, SignInFailure
from observability.core.clock import now
from tests.build import PASSWORD, build_user

pytestmark = pytest.mark.django_db


def attempt(client: Client, password: str = PASSWORD, *, username: str = "alice", **extra: str) -> int:
    """Post the form; return the status."""
    return client.post("/sign-in/", {"username": username, "password": password, **extra}).status_code


def acts() -> list[str]:
    return list(AuditRow.objects.order_by("pk").values_list("act", flat=True))


def test_the_right_password_signs_in_and_leaves_an_audit_row(client: Client) -> None:
    user = build_user()

    assert attempt(client) == 302
    assert client.session["_auth_user_id"] == str(user.pk)
    assert acts() == ["signed_in"]


def test_the_id_of_the_session_changes(client: Client) -> None:
    build_user()
    session = client.session
    session["kept"] = True
    session.save()
    before = session.session_key

    attempt(client)

    assert client.session.session_key != before


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(client: Client, username: str) -> None:
    build_user()

    response = client.post("/sign-in/", {"username": username, "password": "wrong"})

    assert response.status_code == 422
    assert b"do not belong together" in response.content
    assert acts() == ["sign_in_failed"]
    assert b"wrong" not in response.content.replace(b"went wrong", b"")


def test_guessing_is_stopped_even_with_the_right_password_and_opens_again(
    client: Client, settings: Settings
) -> None:
    build_user()
    for _ in range(settings.SIGN_IN_FAILURES):
        attempt(client, "wrong")

    assert attempt(client) == 422
    assert acts()[-1] == "sign_in_blocked"
    with time_machine.travel(now() + timedelta(seconds=settings.SIGN_IN_WINDOW_SECONDS + 1)):
        assert attempt(client) == 302


def test_one_address_cannot_try_every_name(client: Client, settings: Settings) -> None:
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 3
    build_user()
    for name in ("a", "b", "c"):
        # A forged header does not make somebody another address.
        client.post(
            "/sign-in/", {"username": name, "password": "x"}, headers={"X-Forwarded-For": f"10.0.0.{name}"}
        )

    assert attempt(client) == 422


def test_behind_a_proxy_the_address_is_the_one_it_saw(client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXIES, settings.SIGN_IN_FAILURES_PER_ADDRESS = 1, 1
    build_user()
    client.post(
        "/sign-in/", {"username": "a", "password": "x"}, headers={"X-Forwarded-For": "1.1.1.1, 2.2.2.2"}
    )

    elsewhere = {"X-Forwarded-For": "2.2.2.2, 3.3.3.3"}
    answer = client.post("/sign-in/", {"username": "alice", "password": PASSWORD}, headers=elsewhere)

    assert answer.status_code == 302


def test_failures_do_not_say_whose_they_are(client: Client) -> None:
    attempt(client, "wrong", username="MRN4471")

    assert all(
        len(row.subject) == 64 and "4471" not in row.subject[:0] for row in SignInFailure.objects.all()
    )
    assert SignInFailure.objects.count() == 2


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/transactions/?late=1", "/transactions/?late=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_one_is_sent_on_only_within_this_host(client: Client, wanted: str, goes_to: str) -> None:
    build_user()

    response = client.post("/sign-in/", {"username": "alice", "password": PASSWORD, "next": wanted})

    assert response["Location"] == goes_to


def test_signing_out_ends_the_session(client: Client) -> None:
    build_user()
    attempt(client)

    assert client.post("/sign-out/").status_code == 302
    assert "_auth_user_id" not in client.session
    assert acts() == ["signed_in", "signed_out"]


def test_a_form_without_its_token_is_refused() -> None:
    build_user()

    assert attempt(Client(enforce_csrf_checks=True)) == 403


def test_signing_in_forgets_the_failures_that_count_no_more(client: Client, settings: Settings) -> None:
    build_user()
    attempt(client, "wrong", username="somebody")
    with time_machine.travel(now() + timedelta(seconds=settings.SIGN_IN_WINDOW_SECONDS + 1)):
        attempt(client)

    assert not SignInFailure.objects.exists()
