"""The id key is replaced offline: what is stored is what it would be with that key from the start."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django import Settings

from integrations.ingest import auth, crosswalks
from observability.accounts.models import AuditRow
from observability.accounts.scopes import Scope
from observability.core import keyring
from tests.build.days import empty
from tests.correlation.rows import clear, snapshot
from tests.ingest.posting import Poster, poster
from tracing.models import EarlierName, Transaction
from tracing.queries.earlier import earlier
from tracing.storage import keys
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db
NEW = base64.urlsafe_b64encode(b"another key, of 32 bytes exactly").decode()


@pytest.fixture(autouse=True)
def _keys_of_today(settings: Settings) -> Iterator[None]:
    keyring.forget()
    yield
    keyring.forget()


@pytest.fixture
def new_key(tmp_path: Path) -> Path:
    """The file of the new key."""
    file = tmp_path / "id.key"
    file.write_text(NEW)
    file.chmod(0o600)
    return file


@pytest.fixture
def use(settings: Settings) -> Callable[[], None]:
    """Have the process work with the new key, as after a restart."""

    def switch() -> None:
        settings.VEIL_KEY, settings.ID_KEY = settings.ID_KEY, NEW
        keyring.forget()
        for module in (auth, crosswalks):
            module.forget()
        keys.forget_issuers()

    return switch


def said(type_: str, id_: str, day: int, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": id_, "source": "test:rekey", "type": type_,
        "time": f"2026-03-{day:02d}T12:00:00Z", "data": data,
    }  # fmt: skip


TIN = {"issuer": "tin:123456789"}  # kept under a pseudonym only
BEFORE = [
    said("encounter.discharged.v1", "d1", 1, account_no="A-1", encounter_no="E-1", mrn="M-1"),
    said("encounter.discharged.v1", "d2", 1, account_no="A-2"),
    said("key.merged.v1", "m1", 2, kind="account", old="A-1", new="A-2"),
    said(
        "claim.submitted.v1", "s1", 2, claim_no="C-1", payer_sequence="P", frequency="1", amount="100",
        account_no="A-1", payer="AETNA", set="S/1/1", **TIN,
    ),
    said("claim.acked.v1", "a1", 3, level="277CA", outcome="accepted", claim_no="C-1", **TIN),
    said("claim.acked.v1", "a2", 3, level="277CA", outcome="accepted", claim_no="C-9", **TIN),
    said("claim.acked.v1", "a3", 3, level="999", outcome="accepted", set="S/7/7"),
]  # fmt: skip
AFTER = [
    said("account.ready.v1", "r1", 4, account_no="A-1", outcome="ready"),
    said(
        "remit.received.v1", "p1", 9, claim_no="C-1", claim_status="1", billed="100", paid="80",
        payer="AETNA", **TIN,
    ),
    said("key.restored.v1", "u1", 10, undoes="m1"),
]  # fmt: skip


def told(post: Poster, events: list[dict[str, Any]]) -> None:
    for event in events:
        assert post.events([event]).status_code == 200
    drain(seconds=30)


def rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row, without seals, which no two are alike, and without the order of what is a set."""
    found = snapshot()
    return {
        table: sorted(
            (
                tuple(
                    tuple(sorted(each, key=repr)) if isinstance(each, list) else each
                    for each in row
                    if table != "identifier" or not isinstance(each, bytes)
                )
                for row in each_table
            ),
            key=repr,
        )
        for table, each_table in found.items()
    }


def test_what_is_stored_is_what_it_would_be_had_the_new_key_been_there_from_the_start(
    new_key: Path, use: Callable[[], None]
) -> None:
    post = poster()
    told(post, BEFORE)
    call_command("rekey", str(new_key), "--dry-run")
    assert not EarlierName.objects.exists()
    before = set(Transaction.objects.values_list("id", flat=True))

    call_command("rekey", str(new_key))
    use()
    assert not before & set(Transaction.objects.values_list("id", flat=True))
    was = dict(EarlierName.objects.filter(old__in=before).values_list("old", "new"))
    assert earlier(scope=Scope.system(), names=was.values()) == before  # for who searches the audit
    told(post, BEFORE[:2] + AFTER)  # what is sent again is known
    rekeyed = rows()
    changes = AuditRow.objects.get(act="ids_rekeyed").changes
    assert changes is not None
    assert changes["event.body"] > 0

    clear()
    empty("inbox")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM key_issuer")
    keys.forget_issuers()
    told(post, BEFORE + AFTER)

    assert rekeyed == rows()


def test_it_is_refused_while_requests_wait_and_where_a_seal_cannot_be_opened(
    new_key: Path, settings: Settings
) -> None:
    post = poster()
    post.events(BEFORE[:1])
    with pytest.raises(CommandError, match="Requests wait"):
        call_command("rekey", str(new_key))
    drain(seconds=30)

    settings.SEAL_KEYS = [f"other:{NEW}"]
    keyring.forget()
    before = snapshot()
    with pytest.raises(CommandError, match="its key dev is missing"):
        call_command("rekey", str(new_key))
    assert snapshot() == before

    new_key.chmod(0o644)
    with pytest.raises(CommandError, match="open to others"):
        call_command("rekey", str(new_key))
