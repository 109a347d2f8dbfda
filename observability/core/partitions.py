"""Day partitions: made before they are needed, without locking readers out."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta

from django.db import connection

from observability.core import db_roles

# All before this many days ago share one partition `<table>_old`: late news of old spans is rare.
LOCK_SPACE = 7_201  # advisory lock: one maker of partitions at a time


def partition_name(table: str, day: date) -> str:
    """Return the name of a day's partition."""
    return f"{table}_{day:%Y%m%d}"


def _existing(table: str) -> dict[str, str]:
    """Return the bounds of each partition, as PostgreSQL writes them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %s::regclass",
            [table],
        )
        return dict(cursor.fetchall())


def _edge(table: str, there: Mapping[str, str], horizon: date | None) -> date | None:
    """Return the first day that has a partition of its own.

    The horizon moves on and a partition does not: what once was made for old days ends where it ended,
    and one that is made now must end before the first day that is there.
    """
    if horizon is None:
        return None
    if old := there.get(f"{table}_old"):
        found = re.search(r"TO \('(\d{4}-\d{2}-\d{2})", old)
        return date.fromisoformat(found[1]) if found else horizon
    days = [date.fromisoformat(name[-8:]) for name in there if name[-8:].isdigit()]
    return min([horizon, *days])


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
    wanted = sorted(set(days))
    there = _existing(table)
    if not _names(table, wanted, _edge(table, there, horizon)).keys() - there.keys():
        return 0
    made = 0
    with db_roles.making_days(table):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_SPACE, table])
        there = _existing(table)
        edge = _edge(table, there, horizon)
        for name, day in _names(table, wanted, edge).items():
            if name in there:
                continue
            old = edge is not None and day < edge
            lower = "MINVALUE" if old else _bound(day, by_date=by_date)
            upper = edge if edge is not None and old else day + timedelta(days=1)
            _attach(table, name, lower, _bound(upper, by_date=by_date))
            made += 1
    return made


def days_of(table: str) -> list[date]:
    """Return the days that have a partition, oldest first."""
    names = (name[-8:] for name in _existing(table))
    return sorted(datetime.strptime(name, "%Y%m%d").date() for name in names if name.isdigit())  # noqa: DTZ007


def _names(table: str, days: Iterable[date], edge: date | None) -> dict[str, date]:
    """Return the partition of each day, with one of its days."""
    return {
        f"{table}_old" if edge is not None and day < edge else partition_name(table, day): day for day in days
    }
