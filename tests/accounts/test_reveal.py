"""Identifiers in clear: where the right is held, for a reason, for a while, and never unnoticed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from pytest_django import Settings

from observability.accounts import audit
from observability.accounts.models import AuditRow, Reveal, User
from observability.accounts.reveals import TooManyReveals, active_reveal, reveal
from observability.accounts.roles import Domain, Permission, Role
from observability.accounts.scopes import scope_for
from tests.build import build_facility, build_user, grant

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WHY = "payer asks which claim this is"


def ask(user: User, txn: UUID, *, at: datetime = NOON, facility: str = "NORTH", why: str = WHY) -> Reveal:
    """Reveal with the scope that a page would have."""
    scope = scope_for(user, Permission.SEE_TRANSACTIONS, at)
    return reveal(
        scope=scope,
        user=user,
        transaction_id=txn,
        facility_id=build_facility(facility).pk,
        domain=Domain.REVENUE,
        reason=why,
        at=at,
    )


def test_it_lasts_a_quarter_of_an_hour_for_one_person_and_one_transaction() -> None:
    user, other, txn = build_user(role=Role.SUPPORT), build_user("bob", role=Role.SUPPORT), uuid4()
    ask(user, txn)

    last = NOON + timedelta(minutes=14, seconds=59)
    assert active_reveal(user=user, transaction_id=txn, at=last) is not None
    assert active_reveal(user=user, transaction_id=txn, at=NOON + timedelta(minutes=15)) is None
    assert active_reveal(user=user, transaction_id=uuid4(), at=last) is None
    assert active_reveal(user=other, transaction_id=txn, at=last) is None


def test_it_leaves_an_audit_row_with_the_reason() -> None:
    user, txn = build_user(role=Role.SUPPORT), uuid4()
    ask(user, txn)

    row = AuditRow.objects.get()
    assert (row.act, row.user, row.object_id, row.reason) == ("revealed", user, str(txn), WHY)


def test_the_right_counts_only_at_the_facility_of_its_grant() -> None:
    user = build_user(role=Role.SUPPORT, at=("NORTH",))
    grant(user, Role.EXECUTIVE, at=("SOUTH",))

    with pytest.raises(PermissionDenied):
        ask(user, uuid4(), facility="SOUTH")
    assert not Reveal.objects.exists()


def test_a_reason_that_says_nothing_is_refused() -> None:
    with pytest.raises(audit.ReasonTooShort):
        ask(build_user(role=Role.SUPPORT), uuid4(), why="   x      ")


def test_revealing_one_after_another_is_stopped(settings: Settings) -> None:
    settings.REVEALS_PER_HOUR = 2
    user = build_user(role=Role.SUPPORT)
    ask(user, uuid4())
    ask(user, uuid4())

    with pytest.raises(TooManyReveals):
        ask(user, uuid4())
    assert ask(user, uuid4(), at=NOON + timedelta(minutes=61))


def test_without_its_audit_row_nothing_is_revealed(monkeypatch: pytest.MonkeyPatch) -> None:
    user = build_user(role=Role.SUPPORT)
    monkeypatch.setattr(audit, "HEAD", "SELECT seq, hash FROM audit_head_that_is_gone")

    with pytest.raises(audit.NotOnRecord), transaction.atomic():
        ask(user, uuid4())
    assert not Reveal.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_audit_row_outside_a_transaction_is_refused() -> None:
    with pytest.raises(audit.NotInTransaction):
        audit.record(audit.Act.REVEALED, user=None, object_type="transaction", object_id="x", at=NOON)


@pytest.mark.parametrize("statement", ["UPDATE audit_row SET reason = ''", "DELETE FROM audit_row"])
def test_an_audit_row_cannot_be_changed_or_deleted(statement: str) -> None:
    ask(build_user(role=Role.SUPPORT), uuid4())

    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)
