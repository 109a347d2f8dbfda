"""Tables that go by whole days: to empty one, or to drop a day of it, takes the role that purges."""

from django.db import connection

from observability.core import db_roles


def empty(*tables: str) -> None:
    """Take all rows."""
    with db_roles.purging(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)}")


def drop(partition: str) -> None:
    """Drop a partition, if it is there."""
    with db_roles.purging(), connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS "{partition}"')
