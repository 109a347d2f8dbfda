"""A page says what does not work now, and is shown all the same."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from integrations.models import Connector, InboxParked
from observability.accounts.roles import Role
from observability.core.clock import now
from observability.core.ids import uuid7
from tests.build import build_connector, build_facility, build_user

pytestmark = pytest.mark.django_db
PARKED = "lab-feed: 2 requests are set aside and in no figure. Not applied, in several attempts (poison)."
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


def set_aside(connector: Connector) -> None:
    InboxParked.objects.create(
        id=uuid7(), received_at=now(), parked_at=now(), connector_id=connector.pk, credential_id=1,
        signal="events", format=1, blob=b"", items=5, code="poison",
    )  # fmt: skip


def test_t15_what_was_set_aside_is_one_trouble_for_who_manages_its_connector(client: Client) -> None:
    connector = build_connector("lab-feed", facilities=("NORTH",))
    set_aside(connector)
    set_aside(connector)
    client.force_login(build_user("eve", role=Role.ENGINEER, at=("NORTH",)))

    page = board(client)

    assert page.count(PARKED) == 1
    assert 'href="/connectors/lab-feed/#parked"' in page
    assert 'id="parked"' in client.get("/connectors/lab-feed/").content.decode()


def test_t15_the_trouble_is_gone_with_what_was_set_aside(client: Client) -> None:
    set_aside(build_connector("lab-feed", facilities=("NORTH",)))
    client.force_login(build_user("eve", role=Role.ENGINEER, at=("NORTH",)))
    assert "set aside" in board(client)

    InboxParked.objects.all().delete()

    assert "set aside" not in board(client)


@pytest.mark.parametrize(
    ("role", "at"), [(Role.SUPPORT, "NORTH"), (Role.EXECUTIVE, "NORTH"), (Role.ENGINEER, "SOUTH")]
)
def test_t15_nobody_is_told_who_cannot_act_on_it(client: Client, role: Role, at: str) -> None:
    set_aside(build_connector("lab-feed", facilities=("NORTH",)))
    client.force_login(build_user("sam", role=role, at=(at,)))

    assert "set aside" not in board(client)
