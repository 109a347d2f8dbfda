"""Making the first people of an installation from its shell."""

import getpass
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from observability.accounts.models import AuditRow, User
from tests.build import PASSWORD, build_facility, build_user

pytestmark = pytest.mark.django_db
WHY = "The first person of this installation"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody types at the terminal, in turn."""
    said: list[str] = []
    monkeypatch.setattr(getpass, "getpass", lambda prompt: said.pop(0))
    return said


def add(person: str, **options: Any) -> str:
    out = StringIO()
    call_command("access", "add", person, **{"reason": WHY, **options}, stdout=out)
    return out.getvalue()


def test_the_first_administrator_comes_from_the_shell_on_record(typed: list[str], client: Client) -> None:
    build_facility()
    typed += [PASSWORD, PASSWORD]

    said = add("ada", name="Ada Brandt")
    call_command("access", "give", "ada", "administrator", "--everywhere", "--reason", WHY, stdout=StringIO())

    assert "sees nothing before a grant" in said
    assert PASSWORD not in said
    ada = User.objects.get()
    assert (ada.get_full_name(), ada.is_superuser, ada.is_staff) == ("Ada Brandt", False, False)
    rows = AuditRow.objects.order_by("seq")
    assert [(row.act, row.actor, row.reason) for row in rows] == [
        (act, getpass.getuser(), WHY) for act in ("person_added", "granted")
    ]
    assert (rows[0].object_type, rows[0].object_id, rows[0].changes) == ("user", str(ada.pk), None)
    assert client.post("/sign-in/", {"username": "ada", "password": PASSWORD}).status_code == 302
    assert client.get("/access/people/ada/").status_code == 200


def test_a_password_is_read_from_standard_input_as_it_is_but_for_its_line_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f" {PASSWORD} \r\n"))

    add("ada", password_stdin=True)

    assert User.objects.get().check_password(f" {PASSWORD} ")


@pytest.mark.parametrize(
    ("name", "passwords", "options", "why"),
    [
        ("ALICE", [PASSWORD, PASSWORD], {}, "Somebody has this user name"),
        ("a/b", [PASSWORD, PASSWORD], {}, "valid username"),
        ("ada", ["too short", "too short"], {}, "at least 12 characters"),
        ("ada", ["password1234", "password1234"], {}, "too common"),
        ("ada", [PASSWORD, f"{PASSWORD}!"], {}, "two different passwords"),
        ("ada", [PASSWORD, PASSWORD], {"reason": "new"}, "at least 10 characters"),
    ],
)
def test_nobody_is_made_of_a_taken_name_a_weak_password_or_without_a_reason(
    typed: list[str], name: str, passwords: list[str], options: dict[str, str], why: str
) -> None:
    build_user("alice")
    typed += passwords

    with pytest.raises(CommandError, match=why):
        add(name, **options)

    assert User.objects.count() == 1
    assert not AuditRow.objects.exists()


def test_without_a_terminal_that_hides_it_no_password_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(prompt: str) -> str:
        return getpass.fallback_getpass(prompt, StringIO())  # type: ignore[attr-defined,no-any-return]

    monkeypatch.setattr(getpass, "getpass", nowhere)

    with pytest.raises(CommandError, match="--password-stdin"):
        add("ada")
