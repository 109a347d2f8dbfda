"""Run hand-written SQL and get typed rows, always with a timeout."""

import dataclasses
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import connection, transaction

Row = TypeVar("Row")


class ColumnsDiffer(Exception):
    """A query answers other columns than its dataclass names."""


@lru_cache(maxsize=256)
def _field_names(row: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast(type, row)))


def fetch_all(
    row: type[Row], sql: str, params: Mapping[str, Any], *, timeout_ms: int | None = None
) -> list[Row]:
    """Run one reading query; answer its rows as `row` dataclasses.

    Raises ColumnsDiffer where query and dataclass have drifted apart, and django.db.OperationalError
    where the query takes longer than `timeout_ms` (settings.SQL_READ_TIMEOUT_MS).
    """
    limit = settings.SQL_READ_TIMEOUT_MS if timeout_ms is None else timeout_ms
    # SET LOCAL needs a transaction: a connection that goes back to the pool keeps no timeout of ours.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(limit)])
        cursor.execute(sql, params)
        names = tuple(column[0] for column in cursor.description or ())
        if names != _field_names(cast(Hashable, row)):
            raise ColumnsDiffer(f"{row.__name__}: query answers {names}")
        return [row(*values) for values in cursor.fetchall()]


def fetch_one(
    row: type[Row], sql: str, params: Mapping[str, Any], *, timeout_ms: int | None = None
) -> Row | None:
    """Run a query that answers one row or none."""
    rows = fetch_all(row, sql, params, timeout_ms=timeout_ms)
    return rows[0] if rows else None


def execute(sql: str, params: Mapping[str, Any] | Sequence[Any] = ()) -> int:
    """Run one writing statement; answer how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)
