"""Stage rows by binary COPY into temporary tables, from which one set-based statement takes them.

Binary COPY carries no types, so ids travel as raw bytes, moments as whole microseconds and JSON as encoded
bytes: building UUID and datetime objects for every row would cost more than the write itself.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg.types.string import BytesBinaryDumper

POSTGRES_EPOCH_US = 946_684_800_000_000  # 2000-01-01 UTC, where PostgreSQL counts from
_UUID_OID, _TEXT_OID, _UUID_ARRAY_OID = 2950, 25, 2951
_json = msgspec.json.Encoder().encode
# What is announced to the driver for each column type: types we encode ourselves pass as bytes.
_WIRE = {
    "uuid": "bytea", "uuid[]": "bytea", "text[]": "bytea", "jsonb": "bytea", "timestamptz": "int8",
    "text": "text", "bytea": "bytea", "bool": "bool", "int2": "int2", "int4": "int4", "int8": "int8",
    "numeric": "numeric", "date": "date", "float8": "float8",
}  # fmt: skip


def moment(us: int | None) -> int | None:
    """Return microseconds since 1970 as a timestamptz column takes them."""
    return None if us is None else us - POSTGRES_EPOCH_US


def unmoment(raw: bytes) -> int:
    """Return what `timestamptz_send` answers as microseconds since 1970."""
    return int.from_bytes(raw, "big", signed=True) + POSTGRES_EPOCH_US


def jsonb(value: Any) -> bytes:
    """Return a value as a jsonb column takes it."""
    return b"\x01" + _json(value)


_UUID_LENGTH = (16).to_bytes(4, "big")  # stands before each
_ONE_UUID = struct.pack("!iiiii", 1, 0, _UUID_OID, 1, 1) + _UUID_LENGTH
_NO_UUIDS = struct.pack("!iii", 0, 0, _UUID_OID)
_NO_TEXTS = struct.pack("!iii", 0, 0, _TEXT_OID)


def uuids(items: Sequence[bytes]) -> bytes:
    """Return raw ids as a uuid[] column takes them."""
    if len(items) == 1:
        return _ONE_UUID + items[0]
    if not items:
        return _NO_UUIDS
    head = struct.pack("!iiiii", 1, 0, _UUID_OID, len(items), 1)
    return head + _UUID_LENGTH + _UUID_LENGTH.join(items)


class Ids(bytes):
    """Raw ids packed as one uuid[] parameter; written `%(name)b` in a statement."""

    def __new__(cls, items: Iterable[bytes]) -> "Ids":
        """Pack the ids."""
        return super().__new__(cls, uuids(list(items)))


class _IdsDumper(BytesBinaryDumper):
    oid = _UUID_ARRAY_OID


def texts(items: Sequence[str]) -> bytes:
    """Return strings as a text[] column takes them."""
    if not items:
        return _NO_TEXTS
    head = struct.pack("!iiiii", 1, 0, _TEXT_OID, len(items), 1)
    encoded = [item.encode() for item in items]
    return head + b"".join(len(item).to_bytes(4, "big") + item for item in encoded)


class Staging(psycopg.Cursor[Any]):
    """A binary cursor for one pass: it knows which stages it has filled in this transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection)
        self.format = psycopg.pq.Format.BINARY
        self.filled: set[str] = set()
        # The driver's last word on bytea is a slow one, for the Binary() wrapper of the DB-API.
        self.adapters.register_dumper(bytes, BytesBinaryDumper)
        self.adapters.register_dumper(Ids, _IdsDumper)


class Table:
    """A table that rows are only ever appended to."""

    def __init__(self, name: str, columns: dict[str, str]) -> None:
        self.name = name
        self.columns = columns
        self._copy = f"COPY {name} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        self._types = [_WIRE[kind] for kind in columns.values()]

    def load(self, cursor: Staging, rows: Iterable[Sequence[Any]]) -> None:
        """Append `rows`, whose values stand in the order of the columns."""
        with cursor.copy(self._copy) as copy:
            copy.set_types(self._types)
            write = copy.write_row
            for row in rows:
                write(row)


class Stage(Table):
    """A temporary table that lives for the session and is empty in each transaction."""

    def __init__(self, name: str, columns: dict[str, str]) -> None:
        super().__init__(name, columns)
        self.ddl = (
            f"CREATE TEMP TABLE IF NOT EXISTS {name} ("
            + ", ".join(f"{column} {kind}" for column, kind in columns.items())
            + ") ON COMMIT DELETE ROWS"
        )

    def load(self, cursor: Staging, rows: Iterable[Sequence[Any]]) -> None:
        """Replace what the table holds by `rows`, whose values stand in the order of the columns."""
        if self.name in cursor.filled:
            cursor.execute(f"TRUNCATE {self.name}")
        cursor.filled.add(self.name)
        super().load(cursor, rows)
