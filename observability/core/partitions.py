"""Day partitions: made before they are needed, without locking readers out."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection, transaction

# All before this many days ago share one partition `<table>_old`: late news of old spans is rare.
LOCK_SPACE = 7_201  # advisory lock: one maker of partitions at a time


def partition_name(table: str, day: date) -> str:
    """Return the name of a day's partition."""
    return f"{table}_{day:%Y%m%d}"


def _existing(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [table],
        )
        return {row[0] for row in cursor.fetchall()}


def _bound(day: date, *, by_date: bool) -> str:
    return f"'{day:%Y-%m-%d}'" if by_date else f"'{datetime.combine(day, time(), UTC).isoformat()}'"


def _attach(table: str, name: str, lower: str, upper: str) -> None:
    # LIKE and ATTACH take no lock that readers or writers of the parent would wait for;
    # CREATE TABLE … PARTITION OF takes ACCESS EXCLUSIVE on the parent.
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table}" INCLUDING ALL)')
        cursor.execute(
            f'ALTER TABLE "{table}" ATTACH PARTITION "{name}" FOR VALUES FROM ({lower}) TO ({upper})'
        )


def ensure_days(
    table: str, days: Iterable[date], *, by_date: bool = False, horizon: date | None = None
) -> int:
    """Make the missing partitions of `days`; answer how many were made.

    With a `horizon`, days before it share `<table>_old`. Safe to call from several processes at once.
    """
    wanted = sorted({d if horizon is None or d >= horizon else date.min for d in days})
    names = {d: f"{table}_old" if d == date.min else partition_name(table, d) for d in wanted}
    if not set(names.values()) - _existing(table):
        return 0
    made = 0
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, table])
        there = _existing(table)
        for day, name in names.items():
            if name in there:
                continue
            upper = day + timedelta(days=1) if day != date.min else horizon
            lower = "MINVALUE" if day == date.min else _bound(day, by_date=by_date)
            _attach(table, name, lower, _bound(upper or day, by_date=by_date))
            made += 1
    return made
