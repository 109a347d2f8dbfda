"""T45: whoever changes the audit chain, by whatever right, is found, with the first row that is wrong."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from observability.accounts import anchors, audit
from observability.accounts.anchors import BadAnchor, read_anchors, write_anchor
from observability.accounts.models import AuditRow
from observability.accounts.verifying import verify
from observability.core import db_roles, keyring
from tests.build.audit import as_owner

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def act(n: int) -> None:
    with transaction.atomic():
        audit.record(
            audit.Act.GRANTED, user=None, object_type="grant", object_id=n, at=NOON, reason=f"reason {n}"
        )


@pytest.fixture
def chain(settings: Settings, tmp_path: Path) -> None:
    """Ten rows, anchored at the tenth."""
    settings.AUDIT_ANCHORS_DIR = str(tmp_path)
    for n in range(1, 11):
        act(n)
    assert write_anchor(NOON) is not None


def first_fault() -> int:
    return min(fault.seq for fault in verify(read_anchors()).faults)


def test_an_untouched_chain_is_whole(chain: None) -> None:
    act(11)

    verdict = verify(read_anchors())

    assert (verdict.is_whole, verdict.rows, verdict.last_seq) == (True, 11, 11)


def edit(owner: Any) -> None:
    owner.execute("UPDATE audit_row SET object_id = '99' WHERE seq = 4")


def edit_words(owner: Any) -> None:
    owner.execute("UPDATE audit_row SET reason = 'another' WHERE seq = 4")


def blank_words(owner: Any) -> None:
    owner.execute("UPDATE audit_row SET reason = '', changes = NULL WHERE seq = 4")


def delete_middle(owner: Any) -> None:
    owner.execute("DELETE FROM audit_row WHERE seq = 4")


def swap(owner: Any) -> None:
    owner.execute("UPDATE audit_row SET seq = -4 WHERE seq = 4")
    owner.execute("UPDATE audit_row SET seq = 4 WHERE seq = 5")
    owner.execute("UPDATE audit_row SET seq = 5 WHERE seq = -4")


ADDED = (
    "INSERT INTO audit_row SELECT {}, at, user_id, actor, actor_type, role, source_ip, session_hash, act,"
    " object_type, object_id, outcome, reason, changes, changes_hash, mentions, facility_ids, request_id,"
    " trace_id, kid, prev_hash, hash FROM audit_row WHERE seq = 3"
)


def insert(owner: Any) -> None:
    owner.execute("UPDATE audit_row SET seq = -seq WHERE seq >= 4")
    owner.execute("UPDATE audit_row SET seq = -seq + 1 WHERE seq < 0")
    owner.execute(ADDED.format(4))


def cut_tail(owner: Any) -> None:
    owner.execute("DELETE FROM audit_row WHERE seq > 3")
    owner.execute("UPDATE audit_head SET seq = 3, hash = (SELECT hash FROM audit_row WHERE seq = 3)")


@pytest.mark.parametrize("tamper", [edit, edit_words, blank_words, delete_middle, swap, insert, cut_tail])
def test_the_owner_is_found_out(chain: None, tamper: Callable[[Any], None]) -> None:
    with as_owner() as owner:
        tamper(owner)

    assert first_fault() == 4


def test_a_chain_rewritten_whole_with_the_key_differs_from_its_anchor(chain: None) -> None:
    with as_owner() as owner:
        owner.execute("TRUNCATE audit_row")
        owner.execute("UPDATE audit_head SET seq = 0, hash = ''")
    for n in range(101, 112):
        act(n)

    assert verify([]).is_whole
    assert first_fault() == 10


def test_an_old_copy_put_back_lacks_what_was_anchored(chain: None) -> None:
    with as_owner() as owner:
        owner.execute("CREATE TABLE old_rows AS TABLE audit_row")
        owner.execute("CREATE TABLE old_head AS TABLE audit_head")
    try:
        act(11)
        write_anchor(NOON)
        with as_owner() as owner:
            owner.execute("TRUNCATE audit_row, audit_head")
            owner.execute("INSERT INTO audit_row TABLE old_rows")
            owner.execute("INSERT INTO audit_head TABLE old_head")
        assert verify([]).is_whole
        assert first_fault() == 11
    finally:
        with as_owner() as owner:
            owner.execute("DROP TABLE old_rows, old_head")


def test_another_key_signs_nothing(chain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = keyring.Ring(current="dev", keys={"dev": b"x" * 32})
    monkeypatch.setattr(keyring, "audit_keys", lambda: foreign)

    assert min(fault.seq for fault in verify([]).faults) == 1


def test_a_rotated_key_still_verifies(chain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    old = keyring.audit_keys()
    ring = keyring.Ring(current="new", keys={"new": b"n" * 32, **old.keys})
    monkeypatch.setattr(keyring, "audit_keys", lambda: ring)
    act(11)

    assert verify(read_anchors()).is_whole
    assert AuditRow.objects.get(seq=11).kid == "new"


def test_a_spoiled_line_is_told_and_stops_no_further_anchor(chain: None, settings: Settings) -> None:
    file = Path(settings.AUDIT_ANCHORS_DIR) / anchors.FILE
    file.write_text(file.read_text() + "not ours\n")

    assert write_anchor(NOON) is not None
    with pytest.raises(BadAnchor):
        read_anchors()


def test_an_anchor_of_somebody_else_is_refused(chain: None, settings: Settings) -> None:
    file = Path(settings.AUDIT_ANCHORS_DIR) / anchors.FILE
    file.write_text(file.read_text().replace('"seq": 10', '"seq": 9'))

    with pytest.raises(BadAnchor, match="line 1"):
        read_anchors()


STATEMENTS = [
    "UPDATE audit_row SET reason = ''",
    "DELETE FROM audit_row",
    "TRUNCATE audit_row",
    "DROP TABLE audit_row",
    "ALTER TABLE audit_row DISABLE TRIGGER ALL",
    "UPDATE audit_head SET seq = 3",
    "DELETE FROM audit_head",
    "SET ROLE owner",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_application_can_do_none_of_it(chain: None, statement: str) -> None:
    assert db_roles.is_separate()
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|only moves on"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_many_writers_leave_one_chain_without_gaps() -> None:
    def write(first: int) -> None:
        for n in range(first, first + 25):
            act(n)
        connection.close()

    writers = [threading.Thread(target=write, args=(100 * w,)) for w in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    verdict = verify([])
    assert (verdict.is_whole, verdict.rows, verdict.last_seq) == (True, 200, 200)


def test_t44_an_act_that_rolls_back_leaves_neither_row_nor_gap() -> None:
    act(1)
    with transaction.atomic():
        audit.record(audit.Act.GRANTED, user=None, object_type="grant", object_id=2, at=NOON)
        transaction.set_rollback(True)
    act(3)

    assert list(AuditRow.objects.order_by("seq").values_list("seq", "object_id")) == [(1, "1"), (2, "3")]


def test_many_acts_of_one_transaction_are_chained_at_its_end_and_hold_nobody_up_before(chain: None) -> None:
    def somebody_else() -> None:
        act(0)
        connection.close()

    with transaction.atomic(), audit.together():
        act(11)
        act(12)
        assert AuditRow.objects.count() == 10
        other = threading.Thread(target=somebody_else)
        other.start()
        other.join()

    verdict = verify(read_anchors())
    assert (verdict.is_whole, verdict.last_seq) == (True, 13)
    assert list(AuditRow.objects.filter(seq__gt=10).values_list("object_id", flat=True)) == ["0", "11", "12"]


def test_acts_of_a_transaction_that_fails_leave_no_row_together_either(chain: None) -> None:
    def fail() -> None:
        with transaction.atomic(), audit.together():
            act(11)
            raise ValueError("half way")

    with pytest.raises(ValueError, match="half way"):
        fail()
    assert AuditRow.objects.count() == 10
    with pytest.raises(audit.NotInTransaction), audit.together():
        act(11)
