"""What the database refuses of audit rows, and how words are taken away from one on record."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from observability.accounts import audit
from observability.accounts.models import AuditRow
from observability.accounts.verifying import verify
from observability.core import db_roles
from tests.accounts.test_t45_audit_chain import ADDED

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _chain(db: None) -> None:
    """Five rows."""
    for n in range(1, 6):
        audit.record(
            audit.Act.GRANTED, user=None, object_type="grant", object_id=n, at=NOON, reason=f"reason {n}"
        )


def test_purging_deletes_nothing_young_and_takes_no_words_that_no_row_says_are_erased() -> None:
    for take in (
        lambda: AuditRow.objects.filter(seq=4).update(reason="", changes=None),
        lambda: AuditRow.objects.filter(seq=1).delete(),
    ):
        with pytest.raises(DatabaseError, match="only ever added"), db_roles.purging():
            take()

    assert verify([]).is_whole


def test_words_are_erased_on_record_and_the_chain_stays_whole() -> None:
    out = StringIO()
    call_command("audit", "erase", "4", "--reason", "It named a patient", stdout=out)
    call_command("audit", "verify", stdout=out)

    assert (AuditRow.objects.get(seq=4).reason, AuditRow.objects.get(seq=5).reason) == ("", "reason 5")
    said = AuditRow.objects.get(seq=6)
    assert (said.act, said.object_id, said.reason) == ("words_erased", "4", "It named a patient")
    assert (verify([]).is_whole, verify([]).erased) == (True, 1)
    assert "1 without their words, each erased on record" in out.getvalue()
    with pytest.raises(CommandError, match="says nothing in words"):
        call_command("audit", "erase", "4", "--reason", "It named a patient")


BEFORE_OURS = """
    CREATE TEMP TABLE audit_head ON COMMIT DROP AS
        SELECT 99::bigint AS seq, hash, 99::bigint AS first_seq FROM audit_row WHERE seq = 3;
    CREATE FUNCTION public.statement_timestamp() RETURNS timestamptz LANGUAGE sql
        AS $$ SELECT timestamptz 'infinity' $$;
    SET LOCAL search_path = public, pg_catalog;
"""


@pytest.mark.parametrize("statement", ["DELETE FROM audit_row WHERE seq = 1", ADDED.format(99)])
def test_what_a_session_puts_before_our_tables_and_functions_moves_no_guard(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match=r"only ever added|at the head of the chain"),
        db_roles.purging(),
        connection.cursor() as cursor,
    ):
        cursor.execute(BEFORE_OURS + statement)
