"""Everything the drain leaves behind, as plain values that two runs can be compared by."""

from typing import Any

from django.db import connection

from observability.core import db_roles

# Moments of arrival are what differs between two orders of the same events; all else must not.
ARRIVAL = {"received_at", "looked_at"}
TABLES = {
    "transaction": "id",
    "step": "transaction_id, step",
    "fact": "transaction_id, event_id",
    "fact_line": "transaction_id, event_id, n",
    "transaction_key": "token, transaction_id",
    "transaction_trace": "trace_id, transaction_id",
    "deadline": "transaction_id",
    "event": "event_id",
    "orphan": "event_id, workflow",
    "identifier": "token",
    "key_alias": "event_id, old",
    "key_alias_undone": "event_id",
}


BESIDE = ("orphan_token", "fallback_token", "event_move", "change", "connector_activity", "follow_up")


def snapshot() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table of correlation, in the order of its key."""
    return {table: _rows(table, order) for table, order in TABLES.items()}


def _rows(table: str, order: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY {order}")
        names = [column[0] for column in cursor.description]
        return [
            tuple(
                bytes(value) if isinstance(value, memoryview) else value
                for name, value in zip(names, row, strict=True)
                if name not in ARRIVAL
            )
            for row in cursor.fetchall()
        ]


def clear() -> None:
    """Empty the tables of correlation, inside the test's transaction."""
    with db_roles.purging(), connection.cursor() as cursor:
        for table in (*TABLES, *BESIDE):
            cursor.execute(f"DELETE FROM {table}")
