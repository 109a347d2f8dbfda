"""Switching a person off and on again: by whom, with what, and never the last who decides."""

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from observability.accounts import granting, switching
from observability.accounts.models import AuditRow, User
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tests.build import PASSWORD, build_facility, build_user, grant, sign_in

pytestmark = pytest.mark.django_db
WHY = "Left the organisation in May"


@pytest.fixture
def as_ada(client: Client) -> Client:
    """The administrator of everything."""
    build_facility("NORTH")
    ada = build_user("ada")
    grant(ada, Role.ADMINISTRATOR, at=None)
    return sign_in(client, ada)


def switch(client: Client, name: str, to: str, reason: str = WHY) -> Any:
    return client.post(f"/access/people/{name}/switch-{to}/", {"reason": reason}, follow=True)


def is_on(name: str) -> bool:
    return User.objects.get(username=name).is_active


def told() -> list[tuple[str, str, str]]:
    rows = AuditRow.objects.filter(act__startswith="person").order_by("seq")
    return [(row.act, row.actor, row.reason) for row in rows]


def test_whoever_is_switched_off_is_out_at_once_and_stays_out_until_switched_on(as_ada: Client) -> None:
    bob = build_user("bob", role=Role.SUPPORT)
    theirs = sign_in(Client(), bob)
    assert theirs.get("/").status_code == 200

    page = switch(as_ada, "bob", "off").content.decode()

    assert "bob is switched off, and signed out everywhere" in page
    assert "Nothing while the account is switched off" in page
    assert "Break glass" not in page
    assert theirs.get("/")["Location"].startswith("/sign-in/")
    said = {"username": "bob", "password": PASSWORD}
    assert Client().post("/sign-in/", said).status_code == 422

    assert "bob is switched on" in switch(as_ada, "bob", "on", "Back from a leave").content.decode()
    assert theirs.get("/").status_code == 302, "their old session is gone for good"
    assert Client().post("/sign-in/", said).status_code == 302
    assert told() == [
        ("person_switched_off", "ada", WHY),
        ("person_switched_on", "ada", "Back from a leave"),
    ]


def test_it_is_done_once_and_never_without_a_reason(as_ada: Client) -> None:
    build_user("bob", role=Role.SUPPORT)

    assert "at least 10 characters" in switch(as_ada, "bob", "off", "left").content.decode()
    assert is_on("bob")
    switch(as_ada, "bob", "off")
    assert "switched off already" in switch(as_ada, "bob", "off").content.decode()
    assert len(told()) == 1


def test_nobody_switches_themselves_off(as_ada: Client) -> None:
    grant(build_user("second"), Role.ADMINISTRATOR, at=None)

    assert "Somebody else has to" in switch(as_ada, "ada", "off").content.decode()
    assert is_on("ada")
    assert "switch-off" not in as_ada.get("/access/people/ada/").content.decode()


def test_who_decides_on_one_facility_switches_off_nobody_who_works_at_another(client: Client) -> None:
    build_user("bob", role=Role.SUPPORT, at=("NORTH", "SOUTH"))
    sign_in(client, build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",)))

    assert switch(client, "bob", "off").status_code == 404
    assert is_on("bob")


def test_the_last_administrator_stays_on(as_ada: Client) -> None:
    build_user("nora", role=Role.ADMINISTRATOR, at=("NORTH",))

    with pytest.raises(CommandError, match="Nobody would be left"):
        call_command("access", "switch-off", "ada", "--reason", WHY)
    assert is_on("ada")

    switch(as_ada, "nora", "off")
    assert not is_on("nora"), "ada decides there, too"


def test_the_shell_switches_people_off_and_on_and_says_what_stands() -> None:
    build_user("bob", role=Role.SUPPORT)
    said = StringIO()
    call_command("access", "switch-off", "bob", "--reason", WHY, "--json", stdout=said)
    assert json.loads(said.getvalue())[0]["flags"] == ["leaver", "never signed in"]
    with pytest.raises(CommandError, match="switched off already"):
        call_command("access", "switch-off", "bob", "--reason", WHY)
    with pytest.raises(CommandError, match="nobody of this user name"):
        call_command("access", "switch-on", "nobody", "--reason", WHY)

    call_command("access", "switch-on", "bob", "--reason", WHY, stdout=StringIO())

    assert is_on("bob")
    assert [act for act, _, _ in told()] == ["person_switched_off", "person_switched_on"]


@pytest.mark.django_db(transaction=True)
def test_of_two_administrators_who_switch_each_other_off_at_once_one_stays() -> None:
    build_facility("NORTH")
    both = [build_user("ada"), build_user("nora")]
    for user in both:
        grant(user, Role.ADMINISTRATOR, at=None)

    def off(of: User, by: User) -> bool:
        try:
            switching.switch_off(scope=Scope.system(), of=of, by=by, reason=WHY, at=now())
        except granting.LastAdministrator:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(off, both, reversed(both)))

    assert sorted(done) == [False, True]
    assert User.objects.filter(is_active=True).count() == 1
