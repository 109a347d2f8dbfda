"""Whole days are made and dropped under the purge role alone, and dropped with their proof."""

from collections.abc import Iterator
from datetime import date, timedelta

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable

from observability.accounts.models import AuditRow
from observability.core import db_roles, partitions
from tests.build.audit import as_owner, unwritable
from tests.build.days import drop
from tests.build.retention import purged
from tests.correlation.speech import CONNECTOR, DAY0, FACILITY

DAY = (DAY0 - timedelta(days=200)).date()
PART = partitions.partition_name("gauge", DAY)
INSERT = "INSERT INTO gauge VALUES (%s, 'depth', 's', %s, %s, 1, '{}')"
OWNER = "SELECT relowner::regrole::text FROM pg_class WHERE oid = to_regclass(%s)"


def asked(question: str, *params: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question, params)
        found = cursor.fetchone()
        return found and found[0]


def keep_a_day(table: str = "gauge") -> None:
    """Make the day as the drain does, and write to it as the drain does."""
    partitions.ensure_days(table, [DAY])
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [f"{DAY} 12:00:00+00", CONNECTOR, FACILITY])


@pytest.mark.django_db
def test_a_day_that_the_application_asks_for_belongs_to_purge_and_can_be_written_to() -> None:
    tomorrow = date(2040, 1, 2)
    for table, by_date in (("inbox", True), ("span", False), ("gauge", False)):
        assert partitions.ensure_days(table, [tomorrow], by_date=by_date) == 1
        name = partitions.partition_name(table, tomorrow)
        assert asked(OWNER, name) == asked(OWNER, table) == db_roles.purge_role()
        assert asked(f"SELECT count(*) FROM {name}") == 0
    assert asked("SELECT current_user::text") == db_roles.APPLICATION
    keep_a_day()
    assert asked(f"SELECT count(*) FROM {PART}") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        f"DROP TABLE {PART}",
        f"TRUNCATE {PART}",
        f"DELETE FROM {PART}",
        f"INSERT INTO {PART} SELECT * FROM gauge",
        f"ALTER TABLE gauge DETACH PARTITION {PART}",
        f"ALTER TABLE {PART} DISABLE TRIGGER ALL",
        f"ALTER TABLE {PART} OWNER TO {db_roles.APPLICATION}",
        *(
            statement.format(table=table)
            for table in ("inbox", "span", "gauge")
            for statement in (
                "DROP TABLE {table}",
                "TRUNCATE {table}",
                "ALTER TABLE {table} DISABLE TRIGGER ALL",
                "ALTER TABLE {table} ADD COLUMN more text",
                "CREATE INDEX ON {table} ((1))",
            )
        ),
    ],
)
def test_under_its_own_name_the_application_takes_no_day_away(statement: str) -> None:
    keep_a_day()
    with (
        pytest.raises(DatabaseError, match=r"must be owner|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert asked(f"SELECT count(*) FROM {PART}") == 1


@pytest.mark.django_db
def test_a_day_goes_with_its_proof_or_not_at_all() -> None:
    keep_a_day()

    with unwritable():
        assert purged(DAY0, "gauges") == []
    assert DAY in partitions.days_of("gauge")
    (run,) = purged(DAY0, "gauges")

    assert DAY not in partitions.days_of("gauge")
    row = AuditRow.objects.get(act="day_dropped")
    assert (row.object_type, row.object_id) == ("retention", "gauges")
    noon = f"{DAY}T12:00:00+00:00"
    assert row.changes is not None
    assert {**row.changes, "sha256": len(row.changes["sha256"])} == {
        "run": run.pk, "partition": PART, "rows": 1, "oldest": noon, "newest": noon, "sha256": 64,
    }  # fmt: skip
    assert asked("SELECT current_user::text") == db_roles.APPLICATION


@pytest.mark.django_db(transaction=True)
def test_a_lock_that_is_met_under_purge_is_told_as_one() -> None:
    with psycopg.connect(**connection.get_connection_params()) as reader:
        reader.execute("SELECT count(*) FROM gauge")
        with pytest.raises(OperationalError) as met, db_roles.purging():
            asked("SET LOCAL lock_timeout = '1ms'; LOCK TABLE gauge IN ACCESS EXCLUSIVE MODE")
    assert isinstance(met.value.__cause__, LockNotAvailable)
    assert asked("SELECT current_user::text") == db_roles.APPLICATION


@pytest.fixture
def as_before() -> Iterator[None]:
    """An installation of the release before: the application owns what goes by days."""
    app = db_roles.APPLICATION
    with as_owner() as owner:
        days = owner.execute(
            "SELECT c.relname FROM pg_class p, pg_partition_tree(p.oid) t, pg_class c"
            " WHERE p.relname IN ('inbox', 'span', 'gauge') AND c.oid = t.relid"
        ).fetchall()
        for (name,) in days:
            owner.execute(f'ALTER TABLE "{name}" OWNER TO {app}')
    yield
    drop(PART)


@pytest.mark.django_db(transaction=True)
def test_an_installation_of_the_release_before_goes_on_until_migrate_moves_its_days(
    as_before: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db_roles, "LOCK_MS", 20)
    keep_a_day()
    assert asked(OWNER, PART) == db_roles.APPLICATION
    assert not db_roles.is_separate("gauge")
    with psycopg.connect(**connection.get_connection_params()) as reader:
        reader.execute("SELECT count(*) FROM gauge")
        with pytest.raises(OperationalError), db_roles.as_owner(connection):
            db_roles.settle()
    assert asked(f"SELECT count(*) FROM {PART}") == 1

    for _ in range(2):  # every `migrate` settles; the second finds nothing to do
        with db_roles.as_owner(connection):
            db_roles.settle()

    assert db_roles.is_separate("gauge")
    for table in ("inbox", "span", "gauge"):
        days = [partitions.partition_name(table, day) for day in partitions.days_of(table)]
        assert days or table != "gauge"
        assert {asked(OWNER, name) for name in (table, *days)} == {db_roles.purge_role()}
    (run,) = purged(DAY0, "gauges")
    assert run.counts == {"gauge": 1, "partitions": 1}
    assert partitions.ensure_days("gauge", [DAY]) == 1
