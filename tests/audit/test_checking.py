"""The chain is walked once a day in parts, and what is wrong is said until a whole walk finds it right."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from observability import health
from observability.accounts import anchors, checking
from observability.accounts.anchors import last_written, read_anchors, write_anchor
from observability.accounts.checking import check_if_due, standing
from observability.accounts.models import AuditCheck
from observability.accounts.verifying import verify
from tests.accounts.test_t45_audit_chain import act
from tests.build.audit import as_owner

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def chain(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten rows, walked four at a time."""
    settings.AUDIT_ANCHORS_DIR = str(tmp_path)
    monkeypatch.setattr(checking, "PART", 4)
    for n in range(1, 11):
        act(n)


def walk(at: datetime = NOON) -> None:
    """Walk as long as something is due."""
    while check_if_due(at):
        pass


def test_a_long_chain_is_walked_in_parts_once_a_day() -> None:
    assert check_if_due(NOON) is not None
    assert (standing().checked_at, standing().under_way) == (None, True)
    walk()

    check = AuditCheck.objects.get()
    assert (check.whole, check.rows, check.last_seq, check.faults) == (True, 10, 10, [])
    assert check_if_due(NOON + DAY - timedelta(seconds=1)) is None
    assert check_if_due(NOON + DAY) is not None


def test_what_is_wrong_is_on_readyz_until_a_whole_walk_finds_it_right() -> None:
    with as_owner() as owner:
        owner.execute("UPDATE audit_row SET object_id = '99' WHERE seq = 6")
    walk()
    assert standing().broken_at == 6
    assert any("first at row 6" in each.words and each.degraded for each in health.findings())

    with as_owner() as owner:
        owner.execute("UPDATE audit_row SET object_id = '6' WHERE seq = 6")
    check_if_due(NOON + DAY)
    assert standing().broken_at == 6
    walk(NOON + DAY)
    assert standing().broken_at is None


def test_who_moves_the_place_that_was_reached_gains_nothing() -> None:
    check_if_due(NOON)
    with as_owner() as owner:
        owner.execute("UPDATE audit_row SET object_id = '99' WHERE seq = 6")
    tenth = verify([]).last_hash
    AuditCheck.objects.update(last_seq=10, last_hash=tenth)
    walk()

    assert standing().broken_at == 6


def test_an_anchor_is_written_every_five_minutes_and_every_thousand_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert write_anchor(NOON, only_if_due=True) is not None
    act(11)
    assert write_anchor(NOON + timedelta(seconds=299), only_if_due=True) is None
    assert write_anchor(NOON + timedelta(seconds=300), only_if_due=True) is not None
    monkeypatch.setattr(anchors, "EVERY_ROWS", 2)
    act(12)
    assert write_anchor(NOON + timedelta(seconds=301), only_if_due=True) is None
    act(13)
    assert write_anchor(NOON + timedelta(seconds=302), only_if_due=True) is not None
    last = last_written()
    assert last is not None
    assert last.seq == 13


def test_every_anchor_counts_not_only_the_last_of_a_row(settings: Settings) -> None:
    write_anchor(NOON)
    file = Path(settings.AUDIT_ANCHORS_DIR) / anchors.FILE
    first = json.loads(file.read_text())
    with as_owner() as owner:
        owner.execute("TRUNCATE audit_row")
        owner.execute("UPDATE audit_head SET seq = 0, hash = ''")
    for n in range(101, 111):
        act(n)
    file.rename(file.with_suffix(".old"))
    write_anchor(NOON)
    file.write_text(file.with_suffix(".old").read_text() + file.read_text())

    assert len({each.hash for each in read_anchors()}) == 2
    assert [fault.seq for fault in verify(read_anchors()).faults] == [first["seq"]]
