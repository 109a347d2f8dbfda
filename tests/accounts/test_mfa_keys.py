"""Security keys: only the key itself, on our own page, once, opens anything."""

from collections.abc import Callable
from copy import copy

import pytest
from django.test import Client
from pytest_django import Settings

from observability.accounts.models import AuditRow
from observability.accounts.roles import Role
from tests.build import PASSWORD, build_user, sign_in
from tests.build.keys import SoftKey, asked

pytestmark = pytest.mark.django_db
SECOND, ADD = "/sign-in/second-factor/", "/account/second-factor/key/"


@pytest.fixture
def key(client: Client) -> SoftKey:
    """The key that Alice has added; she is signed out."""
    sign_in(client, build_user(role=Role.SUPPORT))
    made = SoftKey()
    said = {"name": "Blue", "password": PASSWORD, "answer": made.created(asked(client.get(ADD).content))}
    assert client.post(ADD, said).status_code == 200
    client.post("/sign-out/")
    return made


def asks(client: Client) -> dict[str, str]:
    """Give the right password; return what the second step asks of keys."""
    client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    return asked(client.get(SECOND).content)


def opens(client: Client, answer: str) -> bool:
    client.post(SECOND, {"answer": answer})
    return "_auth_user_id" in client.session


def test_a_key_signs_in_and_what_it_said_is_taken_once(client: Client, key: SoftKey) -> None:
    said = key.signed(asks(client))
    assert opens(client, said)
    assert AuditRow.objects.filter(act="signed_in").get().changes == {"factor": "webauthn"}
    client.post("/sign-out/")

    asks(client)
    assert not opens(client, said)


def false_page(key: SoftKey, asked: dict[str, str]) -> str:
    key.origin = "https://testserver.example.org"
    return key.signed(asked)


def copied(key: SoftKey, asked: dict[str, str]) -> str:
    key.counter = -1  # made before the key was used, so it counts from where that was
    return key.signed(asked)


def strangers(key: SoftKey, asked: dict[str, str]) -> str:
    return SoftKey().signed(asked)


def forged(key: SoftKey, asked: dict[str, str]) -> str:
    false = copy(key)
    false.private = SoftKey().private
    return false.signed(asked)


def old(key: SoftKey, asked: dict[str, str]) -> str:
    return key.signed(asked | {"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})


@pytest.mark.parametrize("made", [false_page, copied, strangers, forged, old])
def test_anything_but_the_key_on_our_page_opens_nothing(
    client: Client, key: SoftKey, made: Callable[[SoftKey, dict[str, str]], str]
) -> None:
    assert not opens(client, made(key, asks(client)))
    assert AuditRow.objects.latest("seq").act == "sign_in_failed"


def test_what_no_key_said_is_refused_like_a_wrong_one(
    client: Client, key: SoftKey, settings: Settings
) -> None:
    settings.SIGN_IN_FAILURES = 50
    true = key.signed(asks(client))
    for answer in (
        "",
        "{}",
        "[]",
        "[" * 9_000,
        '{"id": 1}',
        true[:-9] + '"}}',
        true.replace("public", "secret"),
    ):
        assert client.post(SECOND, {"answer": answer}).status_code == 422
