"""Proving again that it is still them, for people who have no password here: the provider asks them anew."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from observability.accounts.models import AuditRow, User
from observability.core.clock import now
from tests.build.factors import build_app, build_codes, code_of
from tests.build.provider import Provider, arrive, leave

pytestmark = pytest.mark.django_db
DOOR = "/account/second-factor/again/"


@pytest.fixture
def bea(client: Client, provider: Provider) -> User:
    """Somebody who came by the provider, has an app since, and proved it; `client` is theirs."""
    arrive(client)
    user = User.objects.get(username="bea")
    secret = build_app(user)
    build_codes(user)
    arrive(client)
    client.post("/sign-in/second-factor/", {"code": code_of(secret, now())})
    return user


def remove(client: Client) -> str:
    """Try to remove the app; return what is said to that."""
    app = Authenticator.objects.get(type="totp")
    answer = client.post(f"/account/second-factor/{app.pk}/remove/", {"password": ""}, follow=True)
    return answer.content.decode()


def has_app() -> bool:
    return bool(Authenticator.objects.filter(type="totp").exists())


def refusals() -> list[str]:
    return list(
        AuditRow.objects.filter(act="sign_in_failed").order_by("pk").values_list("changes__why", flat=True)
    )


def test_a_factor_goes_once_the_provider_has_asked_them_anew(
    client: Client, bea: User, provider: Provider
) -> None:
    assert "Sign in with North Health again first" in remove(client)
    assert "Your password" not in client.get("/account/").content.decode()
    assert b"<ol class" not in client.post("/account/second-factor/codes/").content

    answer = arrive(client, "/account/", DOOR)

    assert (provider.asked["prompt"], provider.asked["max_age"]) == ("login", "0")
    assert answer["Location"] == "/account/"
    assert "for five minutes" in client.get("/account/").content.decode()
    assert b"<ol class" in client.post("/account/second-factor/codes/").content
    assert "It is removed" in remove(client)
    acts = list(AuditRow.objects.order_by("-seq").values_list("act", "user_id")[:3])
    assert acts == [("factor_removed", bea.pk), ("factor_added", bea.pk), ("identity_confirmed", bea.pk)]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (lambda: {"auth_time": None}, "not_fresh"),
        (lambda: {"auth_time": int(time.time()) - 3_600}, "not_fresh"),
        (lambda: {"auth_time": int(time.time()) + 3_600}, "not_fresh"),
        (lambda: {"auth_time": "now"}, "not_fresh"),
        (lambda: {"auth_time": True}, "not_fresh"),
        (lambda: {"sub": "subject-2"}, "another_person"),
        (lambda: {"nonce": "x" * 43}, "token"),
    ],
)
def test_an_old_answer_or_that_of_somebody_else_proves_nothing(
    client: Client, bea: User, provider: Provider, said: Callable[[], dict[str, Any]], why: str
) -> None:
    provider.claims |= said()

    answer = client.get(leave(client, "/account/", DOOR), follow=True)

    assert "did not work" in answer.content.decode()
    assert client.session["_auth_user_id"] == str(bea.pk)
    assert refusals() == [why]
    remove(client)
    assert has_app()


def test_it_lasts_five_minutes(client: Client, bea: User) -> None:
    arrive(client, "", DOOR)
    with time_machine.travel(now() + timedelta(seconds=301), tick=False):
        remove(client)
    assert has_app()
    remove(client)
    assert not has_app()


def test_what_was_asked_to_prove_somebody_again_signs_nobody_in(client: Client, bea: User) -> None:
    address = leave(client, "", DOOR)
    client.post("/sign-out/")

    assert client.get(address).status_code == 403
    assert "_auth_user_id" not in client.session

    other = Client()
    assert other.get(DOOR)["Location"].startswith("/sign-in/")


def test_an_app_is_added_late_after_proving_again(client: Client, provider: Provider) -> None:
    arrive(client)
    with time_machine.travel(now() + timedelta(seconds=400), tick=False):
        page = client.get("/account/second-factor/app/").content.decode()
        refused = client.post("/account/second-factor/app/", {"code": "000000"}).content.decode()
    assert f'href="{DOOR}?next=/account/second-factor/app/"' in page
    assert "Your password" not in page
    assert "Sign in with North Health again first" in refused
