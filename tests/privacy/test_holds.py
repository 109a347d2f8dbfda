"""Who may lift a legal hold, what the application may not delete, and how old audit rows go."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from integrations.models import LegalHold
from integrations.retention import holds
from integrations.retention.holds import NotAsked, OwnRequest
from integrations.retention.ours import Audit
from observability.accounts import audit, erasing, verifying
from observability.accounts.models import AuditRow
from observability.accounts.scopes import Scope
from observability.accounts.verifying import verify
from observability.auditing.erasing import Held, erase_words
from observability.core import db_roles
from tests.build import build_user
from tests.build.retention import WHY, build_hold, purged
from tests.correlation.speech import DAY0
from tracing.models import EarlierName

pytestmark = pytest.mark.django_db


def test_to_lift_takes_two_and_the_database_says_so_too() -> None:
    hold = build_hold(DAY0)
    one, two = build_user("one"), build_user("two")
    everything = Scope.system()

    with pytest.raises(NotAsked):
        holds.lift(scope=everything, user=one, hold=hold, at=DAY0)
    holds.ask_to_lift(scope=everything, user=one, hold=hold, reason=WHY, at=DAY0)
    with pytest.raises(OwnRequest):
        holds.lift(scope=everything, user=one, hold=hold, at=DAY0)
    with pytest.raises(IntegrityError, match="legal_hold_lifted_by_two"), transaction.atomic():
        LegalHold.objects.filter(pk=hold.pk).update(lifted_by=one, lifted_at=DAY0)
    for change in ({"name": "Another"}, {"facility_id": 1}, {"reason": ""}):
        with pytest.raises(DatabaseError, match="stands as it was placed"), transaction.atomic():
            LegalHold.objects.filter(pk=hold.pk).update(**change)
    holds.lift(scope=everything, user=two, hold=hold, at=DAY0)
    with pytest.raises(DatabaseError, match="stands as it was placed"), transaction.atomic():
        LegalHold.objects.filter(pk=hold.pk).update(lifted_by=None, lifted_at=None)

    acts = AuditRow.objects.filter(object_type="hold").order_by("seq").values_list("act", "actor")
    assert list(acts) == [("hold_placed", "counsel"), ("hold_lift_asked", "one"), ("hold_lifted", "two")]


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {table}" for table in db_roles.KEPT_TABLES),
        "UPDATE transaction_summary SET facts = 0",
        "INSERT INTO purged_day (workflow, facility_id, day, transactions) VALUES ('x', 1, '2026-01-01', 1)",
    ],
)
def test_the_application_itself_deletes_nothing_that_was_said(statement: str) -> None:
    assert db_roles.is_separate()
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_old_audit_rows_go_and_the_chain_still_verifies() -> None:
    for n in range(3):
        audit.record(
            audit.Act.GRANTED,
            user=None,
            object_type="grant",
            object_id=n,
            at=DAY0 - timedelta(days=3_000 - n),
        )
    build_hold(DAY0, data_class="transactions")

    (run,) = purged(DAY0, "audit")

    assert run.counts == {"audit_row": 3}
    assert set(AuditRow.objects.values_list("act", flat=True)) == {"hold_placed", "purged"}
    assert verify([]).is_whole


def test_a_held_audit_row_keeps_those_after_it() -> None:
    long_ago = DAY0 - timedelta(days=3_000)
    for n in range(3):
        at_n = long_ago + timedelta(days=n)
        audit.record(audit.Act.GRANTED, user=None, object_type="grant", object_id=n, at=at_n)
    build_hold(
        DAY0, data_class="audit", since=long_ago + timedelta(days=1), until=long_ago + timedelta(days=2)
    )

    (run,) = purged(DAY0, "audit")

    assert run.counts == {"audit_row": 1}
    assert verify([]).is_whole


def test_the_words_of_a_held_audit_row_are_not_erased() -> None:
    row = audit.record(
        audit.Act.GRANTED, user=None, object_type="grant", object_id=1, at=DAY0, reason="A matter of law"
    )
    build_hold(DAY0, data_class="audit", since=DAY0, until=DAY0 + timedelta(days=1))

    with pytest.raises(Held):
        erase_words(row.seq, reason="It named a patient", at=DAY0)
    assert AuditRow.objects.get(seq=row.seq).reason == "A matter of law"


def test_a_hold_placed_while_audit_rows_go_keeps_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 1)
    for n in range(3):
        at_n = DAY0 - timedelta(days=3_000 - n)
        audit.record(audit.Act.GRANTED, user=None, object_type="grant", object_id=n, at=at_n)
    cutoff = DAY0 - timedelta(days=2_192)

    first = Audit().take(cutoff=cutoff, at=DAY0, run_id=1, position={})
    build_hold(DAY0, data_class="audit")

    assert first is not None
    assert first.counts == {"audit_row": 1}
    assert Audit().take(cutoff=cutoff, at=DAY0, run_id=1, position=first.position) is None
    assert AuditRow.objects.filter(act="granted").count() == 2
    assert verify([]).is_whole


def test_rows_that_go_while_somebody_walks_the_chain_are_not_missed() -> None:
    for n in range(3):
        at_n = DAY0 - timedelta(days=3_000 - n)
        audit.record(audit.Act.GRANTED, user=None, object_type="grant", object_id=n, at=at_n)
    build_hold(DAY0, data_class="transactions")
    went: list[object] = []

    def purge_first(execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        if sql == verifying.ROWS and not went:
            went.append(None)
            went[:] = purged(DAY0, "audit")
        return execute(sql, *more)

    with connection.execute_wrapper(purge_first):
        assert verify([]).is_whole
    assert len(went) == 1


def test_a_new_id_key_gives_a_hold_its_new_ids_and_nothing_else_does() -> None:
    before, now = uuid4(), uuid4()
    hold = LegalHold.objects.filter(pk=build_hold(DAY0, transaction_ids=(before,)).pk)
    with pytest.raises(DatabaseError, match="stands as it was placed"), transaction.atomic():
        hold.update(transaction_ids=[now])
    EarlierName.objects.create(old=before, new=now, rekeyed_at=DAY0)

    with pytest.raises(DatabaseError, match="stands as it was placed"), transaction.atomic():
        hold.update(transaction_ids=[])
    with db_roles.purging():
        hold.update(transaction_ids=[now])

    assert hold.get().transaction_ids == [now]
