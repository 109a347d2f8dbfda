"""Merging numbers by hand, taking it back, and what the page tells of it."""

import io
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client

from observability.accounts.models import AuditRow, Grant
from observability.accounts.roles import Domain, Permission, Role
from observability.accounts.scopes import Scope, scope_for
from tests.build import build_facility, build_user, sign_in
from tests.build.claims import submitted
from tests.tracing_pages.conftest import Hospital
from tracing.models import KeyAlias, Transaction, TransactionKey
from tracing.storage import by_hand

pytestmark = pytest.mark.django_db
REASON = "Registered twice, ticket 4711"


def discharged(account: str, at: datetime) -> dict[str, Any]:
    """Return the discharge of an account."""
    told = submitted("none", at)
    return told | {
        "id": f"d-{account}", "type": "encounter.discharged.v1", "data": {"account_no": account},
    }  # fmt: skip


@pytest.fixture
def twice(north: Hospital, at: datetime) -> tuple[str, str]:
    """One account that was registered under two numbers: the addresses of both discharges."""
    found: list[str] = []
    for account in ("ACC-0000111", "ACC-0000222"):
        north.told(discharged(account, at))
        known = {str(each) for each in Transaction.objects.values_list("pk", flat=True)}
        found.append(f"/transactions/{(known - {each.split('/')[2] for each in found}).pop()}/")
    return found[0], found[1]


def merge(client: Client, address: str, **form: str) -> Any:
    """Send the form of the page by which the account of a transaction is merged into another."""
    key = TransactionKey.objects.get(transaction_id=address.split("/")[2], kind="account")
    return client.post(
        f"{address}merge/", {"token": str(key.token), "new": "acc-0000222", "reason": REASON} | form
    )


def test_a_merge_by_hand_is_told_on_the_page_and_on_record_and_can_be_taken_back(
    alice: Client, erin: Client, charlie: Client, twice: tuple[str, str]
) -> None:
    old, new = twice
    assert "Merge a number …" in alice.get(old).content.decode()
    assert "Merge a number …" not in erin.get(old).content.decode()

    answer = merge(alice, old)
    assert (answer.status_code, answer["Location"]) == (302, old)
    assert alice.get(old)["Location"] == new  # its address leads to what is left
    assert charlie.get(old).status_code == charlie.get(new).status_code == 404

    page = alice.get(new).content.decode()
    assert "Account …111 was merged into …222" in page
    assert "by hand" in page
    assert "<title>Discharge to billing …222" in page
    row = AuditRow.objects.get(act="keys_renamed")
    assert (row.actor, row.reason, len(row.mentions)) == ("alice", REASON, 2)
    event = KeyAlias.objects.values_list("event_id", flat=True)[0]
    assert erin.post(f"{new}restore/{event}/", {"reason": REASON}).status_code == 404

    alice.post(f"{new}restore/{event}/", {"reason": "It was another patient"})
    assert "taken back" in alice.get(new).content.decode()
    assert alice.get(old).status_code == 200
    assert AuditRow.objects.get(act="keys_restored").mentions[0] is not None


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"reason": "oops"}, "Write at least"),
        ({"new": " "}, "Write the number that is left"),
        ({"new": "acc-0000111"}, "cannot be merged into itself"),
        ({"token": "somebody's"}, "Choose which number"),
    ],
)
def test_a_merge_that_cannot_be_is_refused_with_words(
    alice: Client, twice: tuple[str, str], form: dict[str, str], words: str
) -> None:
    answer = merge(alice, twice[0], **form)
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("&#x27;", "'")
    assert not KeyAlias.objects.exists()


def run(monkeypatch: pytest.MonkeyPatch, numbers: str, *words: str) -> str:
    """Run `manage.py keys …` with these lines on its standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(numbers))
    out = io.StringIO()
    call_command("keys", *words, stdout=out)
    return out.getvalue()


def test_the_command_merges_lists_and_takes_back(
    twice: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["--facility", "NORTH", "--reason", REASON]
    with pytest.raises(CommandError, match="Nothing has come under the old number"):
        run(monkeypatch, "ACC-9\nACC-0000222\n", "merge", "account", *said)
    event = run(monkeypatch, "ACC-0000111\nACC-0000222\n", "merge", "account", *said).split()[3].rstrip(".")
    assert Transaction.objects.count() == 1
    assert "account …111 merged into …222  by hand" in run(monkeypatch, "", "history")

    run(monkeypatch, "", "undo", event, "--reason", REASON)
    assert Transaction.objects.count() == 2
    assert "by hand, taken back" in run(monkeypatch, "", "history", "--facility", "NORTH")
    with pytest.raises(CommandError, match="undone already"):
        run(monkeypatch, "", "undo", event, "--reason", REASON)


def test_who_may_not_merge_finds_no_door(twice: tuple[str, str]) -> None:
    for role in (Role.EXECUTIVE, Role.ENGINEER, Role.AUDITOR):
        client = sign_in(Client(), build_user(f"a-{role}", role=role, at=("NORTH",)))
        assert merge(client, twice[0]).status_code == 404


def test_who_merges_in_another_domain_alone_finds_nothing_to_merge(
    twice: tuple[str, str], at: datetime
) -> None:
    user, facility = build_user("clara", role=Role.SUPPORT), build_facility()
    Grant.objects.filter(user=user).update(domain=Domain.CLINICAL)
    scope = scope_for(user, Permission.MERGE_KEYS, at)
    data = {"kind": "account", "old": "ACC-0000111", "new": "ACC-0000222"}

    def rename(scope: Scope) -> UUID:
        return by_hand.rename(
            by_hand.MERGED, data, scope=scope, user=None, facility=facility, reason=REASON, at=at
        )

    with pytest.raises(by_hand.CannotRename, match=by_hand.UNKNOWN):
        rename(scope)
    event = rename(Scope.system())
    with pytest.raises(PermissionDenied):
        by_hand.restore(event, scope=scope, user=user, reason=REASON, at=at)
