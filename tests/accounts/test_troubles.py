"""A page says what does not work now, and is shown all the same."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from observability.accounts.roles import Role
from tests.build import build_facility, build_user

pytestmark = pytest.mark.django_db
WORDS = "Broker: does not answer; work goes on from the database, more slowly."


def board(client: Client) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_t11_a_page_says_that_the_broker_is_gone(client: Client, settings: Settings, tmp_path: Path) -> None:
    build_facility("NORTH")
    client.force_login(build_user("sam", role=Role.SUPPORT, at=("NORTH",)))
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert WORDS in board(client)


def test_a_page_is_silent_where_all_is_well(client: Client) -> None:
    build_facility("NORTH")
    client.force_login(build_user("sam", role=Role.SUPPORT, at=("NORTH",)))
    assert "does not answer" not in board(client)
