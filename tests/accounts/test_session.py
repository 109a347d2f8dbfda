"""A session ends when it is not used, when it is old, and when its person is switched off."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from tests.build import PASSWORD, build_user

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def signed_in(client: Client) -> bool:
    """Say whether the session survives a request made now."""
    client.get("/nowhere/")
    return "_auth_user_id" in client.session


@pytest.fixture
def morning(client: Client) -> Client:
    """Somebody who signed in at eight."""
    build_user()
    with time_machine.travel(MORNING, tick=False):
        client.post("/sign-in/", {"username": "alice", "password": PASSWORD})
    return client


@pytest.mark.parametrize(("minutes", "lives"), [(14, True), (16, False)])
def test_it_ends_after_a_quarter_of_an_hour_unused(morning: Client, minutes: int, lives: bool) -> None:
    with time_machine.travel(MORNING + timedelta(minutes=minutes), tick=False):
        assert signed_in(morning) is lives


def test_use_keeps_it_alive_but_not_beyond_twelve_hours(morning: Client, settings: Settings) -> None:
    lived = []
    for step in range(1, 12 * 6 + 2):
        with time_machine.travel(MORNING + timedelta(minutes=10 * step), tick=False):
            lived.append(signed_in(morning))

    assert lived == [True] * 72 + [False]
