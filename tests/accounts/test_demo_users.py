"""The people of a demonstration are made only in one, and the same when made again."""

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from integrations.models import Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from observability.accounts.models import Grant, User
from observability.accounts.roles import Role
from observability.core.clock import now
from tests.build import build_facility

pytestmark = pytest.mark.django_db


def test_they_are_refused_where_it_is_no_demonstration() -> None:
    build_facility()

    with pytest.raises(CommandError, match="not a demonstration"):
        call_command("demo_users")
    assert not User.objects.exists()


def test_there_is_somebody_of_every_role_and_they_can_sign_in(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    build_facility("NORTH"), build_facility("SOUTH")
    out = StringIO()
    call_command("demo_users", json=True, stdout=out)
    call_command("demo_users", json=True, stdout=StringIO())

    printed = json.loads(out.getvalue())

    assert set(Grant.objects.values_list("role", flat=True)) == set(Role)
    assert User.objects.count() == len(printed["people"])
    for username in printed["people"]:
        form = {"username": username, "password": printed["password"]}
        assert client.post("/sign-in/", form).status_code == 302
    assert printed["people"]["sam"] == "NORTH"
    assert printed["people"]["sol"] == "SOUTH"


def test_the_sign_in_page_names_their_facilities(client: Client, settings: Settings) -> None:
    settings.DEMO = True
    assert "This is a demonstration" not in client.get("/sign-in/").content.decode()
    build_facility("NORTH"), build_facility("SOUTH")
    lakes = add_place(PlaceKind.REGION, "LAKES", "Lakes region", by=None, at=now())
    for place in Place.objects.filter(kind=PlaceKind.FACILITY):
        belong(place, to=lakes, by=None, at=now(), reason="as of a test")
    call_command("demo_users", json=True, stdout=StringIO())

    rows = re.findall(r"<tr>(.*?)</tr>", client.get("/sign-in/").content.decode(), re.S)
    told = [re.sub(r"<[^>]+>", " ", row).split(maxsplit=2) for row in rows]
    said = {name: [role, sees.strip()] for name, role, sees in told if name in ("eva", "rosa", "sam", "ines")}
    assert said == {
        "eva": ["executive", "every facility"],
        "rosa": ["executive", "Lakes region"],
        "sam": ["support", "North Hospital"],
        "ines": ["engineer", "North Hospital and South Hospital"],
    }
