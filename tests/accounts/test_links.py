"""A link works once, for its purpose, in its time; whatever is wrong with it, the answer is the same."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db import connection
from django.test import Client

from observability.accounts import links
from observability.accounts.links import NoSuchLink, Purpose
from observability.accounts.models import SignedLink
from observability.core.clock import now
from tests.build.people import build_display

HOUR = timedelta(hours=1)


def made() -> str:
    """Return the token of a link that starts a display."""
    subject = str(build_display("NORTH").pk)
    return links.make(purpose=Purpose.DISPLAY, subject=subject, made_by=None, at=now(), lasts=HOUR)


def used(token: str) -> str:
    links.redeem(purpose=Purpose.DISPLAY, token=token, at=now())
    return token


def late(token: str) -> str:
    SignedLink.objects.update(expires_at=now())
    return token


def tampered(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


def of_another_purpose(token: str) -> str:
    SignedLink.objects.update(purpose="alert")
    return token


def signed_for_another_purpose(token: str) -> str:
    return Signer(salt="observability.links.alert").sign(token.partition(":")[0])


def unknown(token: str) -> str:
    return Signer(salt="observability.links.display").sign("never-made")


BAD = [used, late, tampered, of_another_purpose, signed_for_another_purpose, unknown, lambda token: "x"]


@pytest.mark.django_db
def test_it_gives_its_subject_once_and_looking_uses_nothing_up() -> None:
    token, subject = made(), SignedLink.objects.get().subject

    for _ in range(2):
        assert links.subject_of(purpose=Purpose.DISPLAY, token=token, at=now()) == subject
    assert links.redeem(purpose=Purpose.DISPLAY, token=token, at=now()) == subject
    with pytest.raises(NoSuchLink):
        links.redeem(purpose=Purpose.DISPLAY, token=token, at=now())


@pytest.mark.django_db
def test_whatever_is_wrong_with_it_the_answer_is_the_same(client: Client) -> None:
    def answer(spoil: Callable[[str], str], method: str) -> tuple[int, bytes, bool]:
        SignedLink.objects.all().delete()
        response = getattr(client, method)(f"/displays/open/{spoil(made())}/")
        told = response.content.replace(response["X-Request-ID"].encode(), b"")
        return response.status_code, told, "Set-Cookie" in response

    answers = {answer(spoil, method) for spoil in BAD for method in ("get", "post")}

    assert len(answers) == 1
    ((status, told, cookie),) = answers
    assert (status, cookie) == (404, False)
    assert b"This link opens nothing" in told


@pytest.mark.django_db
def test_the_table_holds_nothing_that_opens() -> None:
    token = made()

    kept = {str(value) for value in SignedLink.objects.values().get().values()}

    assert not kept & {token, *token.split(":")}


@pytest.mark.django_db(transaction=True)
def test_of_many_who_try_at_once_one_succeeds() -> None:
    token = made()

    def attempt(_: int) -> bool:
        try:
            links.redeem(purpose=Purpose.DISPLAY, token=token, at=now())
        except NoSuchLink:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(attempt, range(8))) == [False] * 7 + [True]
