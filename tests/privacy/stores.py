"""Where a value could have stayed: every column of every table, as the database would write it to a dump."""

from collections.abc import Iterator

from django.db import connection

TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
     ORDER BY 1
"""


def dumped() -> Iterator[tuple[str, bytes]]:
    """Return each table with all its rows as COPY writes them; bytes are in hex there."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            with cursor.copy(f"COPY {table} TO STDOUT") as copy:
                yield table, b"".join(bytes(block) for block in copy)


def places(needle: str) -> list[str]:
    """Return the tables that hold a value, written as text or inside bytes."""
    plain = needle.encode()
    return [table for table, rows in dumped() if plain in rows or plain.hex().encode() in rows]
