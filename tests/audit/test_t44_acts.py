"""T44: every act leaves exactly one row, and where the row cannot be written the act does not happen."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from observability.accounts.audit import Act, NotOnRecord
from observability.accounts.models import AuditRow, Grant
from observability.accounts.roles import Role
from observability.core import keyring
from observability.core.clock import now
from tests.architecture.tree import ROOT, python_files
from tests.audit import acts, late_acts, more_acts
from tests.audit.acts import EMITTERS, Doing
from tests.build import build_facility, build_transaction, build_user, sign_in
from tests.build.audit import unwritable

pytestmark = pytest.mark.django_db
assert {more_acts.display_made, late_acts.purged} <= set(EMITTERS.values())
IN_A_FILE = {Act.SEAL_KEY_ADDED: acts.seal_key_added, Act.SEAL_KEY_DROPPED: acts.seal_key_dropped}
# What a row is made of, and what changes with every request.
BESIDE = {"audit_row", "audit_head", "django_session", "django_migrations"}


def everything() -> dict[str, str]:
    """Return a digest of each table, so that any change of any of them shows."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor)) - BESIDE
        asked = " UNION ALL ".join(
            f"SELECT '{table}', coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM \"{table}\" t"
            for table in sorted(tables)
        )
        cursor.execute(asked)
        return dict(cursor.fetchall())


def ready(act: Act, client: Client, settings: Settings, folder: Path) -> Doing:
    """Make what an act needs; nothing is left to happen but the act."""
    settings.SIGN_IN_FAILURES = 1
    build_facility("SOUTH")
    do = IN_A_FILE[act](settings, folder) if act in IN_A_FILE else EMITTERS[act](client)
    Grant.objects.update(last_used_on=now().date())
    return do


@pytest.fixture
def client() -> Client:
    """A browser that gets the answer instead of the exception."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("act", [*EMITTERS, *IN_A_FILE])
def test_an_act_leaves_one_row_and_without_it_does_not_happen(
    act: Act, client: Client, settings: Settings, tmp_path: Path
) -> None:
    do = ready(act, client, settings, tmp_path)
    before, rows = everything(), AuditRow.objects.filter(act=act).count()
    files = {file: file.read_bytes() for file in tmp_path.iterdir()}

    with unwritable():
        try:
            answer = do()
        except NotOnRecord:
            answer = None
    if answer is not None:
        assert isinstance(answer, HttpResponseBase)
        assert answer.status_code == 503
        assert b"audit_unavailable" in getattr(answer, "content", b"")
    assert everything() == before
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == files
    assert AuditRow.objects.filter(act=act).count() == rows

    do()
    assert AuditRow.objects.filter(act=act).count() == rows + 1


def test_nobody_is_signed_in_whose_signing_in_is_not_on_record(client: Client) -> None:
    do = EMITTERS[Act.SIGNED_IN](client)
    with unwritable():
        do()

    assert client.get("/account/").status_code == 302


@pytest.mark.parametrize("act", Act)
def test_every_act_has_an_emitter_and_a_test(act: Act) -> None:
    named = re.compile(rf"\bAct\.{act.name}\b|\b{act.name}\b[^\n]*= *\"{act}\"")
    code = [file for file in python_files(ROOT) if file.name != "audit.py" and named.search(file.read_text())]
    told = re.compile(rf"\bAct\.{act.name}\b|[\"']{act}[\"']")
    tests = [file for file in (ROOT / "tests").rglob("*.py") if told.search(file.read_text())]

    assert code, f"nothing does {act}"
    assert act in EMITTERS or tests, f"no test does {act}"


def test_the_same_page_again_adds_no_row_until_a_while_has_passed(client: Client, settings: Settings) -> None:
    sign_in(client, build_user(role=Role.SUPPORT))
    address = f"/transactions/{build_transaction().pk}/"

    def rows() -> int:
        return AuditRow.objects.filter(act=Act.TRANSACTION_VIEWED).count()

    client.get(address)
    client.get(address, headers={"HX-Request": "true", "X-Polling": "1"})
    assert rows() == 1
    settings.AUDIT_LOOK_SECONDS = 0
    client.get(address)
    assert rows() == 2


def test_what_was_looked_at_is_remembered_under_a_key(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, build_user(role=Role.SUPPORT))
    for key in (b"1" * 32, b"1" * 32, b"2" * 32):
        monkeypatch.setattr(keyring, "veil_key", lambda key=key: key)
        assert client.get("/connectors/CLM0007714/").status_code == 404

    assert AuditRow.objects.filter(act=Act.DENIED).count() == 2


def test_what_is_denied_names_ids_and_never_a_word_of_the_address(client: Client) -> None:
    sign_in(client, build_user(role=Role.SUPPORT, at=("NORTH",)))
    theirs = build_transaction("SOUTH").pk

    assert client.get(f"/transactions/{theirs}/").status_code == 404
    assert client.get("/connectors/CLM0007714/").status_code == 404

    first, second = AuditRow.objects.filter(act=Act.DENIED).order_by("seq")
    assert (first.object_id, first.mentions, first.outcome) == ("tracing:transaction", [theirs], "refused")
    assert "CLM0007714" not in str(vars(second))


def test_a_search_keeps_tokens_and_never_the_text(client: Client) -> None:
    sign_in(client, build_user(role=Role.SUPPORT))
    for text in ("CLM-0007714", "clm0007714"):
        client.post("/transactions/search/", {"q": text})

    first, second = AuditRow.objects.filter(act=Act.SEARCHED).order_by("seq")
    assert first.changes == {"found": 0}
    assert first.mentions == second.mentions
    assert "7714" not in str(vars(first))


def test_a_key_that_cannot_be_read_lets_nothing_happen(client: Client, settings: Settings) -> None:
    settings.AUDIT_KEYS = "broken"
    with pytest.raises(NotOnRecord):
        EMITTERS[Act.CONNECTOR_CREATED](client)()
