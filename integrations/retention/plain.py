"""Shelves of rows that stand alone, and of tables that go by whole days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from integrations.retention.holding import held
from integrations.retention.shelves import Batch, Due, Position, digest
from observability.accounts import audit
from observability.core import db_roles, partitions

ROWS_PER_TRANSACTION = 10  # rows that stand alone are so many times cheaper than a transaction
COUNTED = 100_000
MEASURED_DAYS = 7


@dataclass(frozen=True, slots=True)
class Rows:
    """A table from which single rows go. All of it is SQL of ours, about a row `r`.

    `keeps`: the holds that keep a row (integrations.retention.holding); `told`: the parameters that this asks
    for. `unfinished`: what stays however old.
    """

    data_class: str
    table: str
    key: str  # columns of the primary key
    moment: str  # the column by which rows grow old
    keeps: str
    unfinished: str = "false"
    by_date: bool = False
    told: Callable[[], Mapping[str, Any]] = dict

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return what is due, without touching it."""
        params = self._params(cutoff, COUNTED + 1)
        with connection.cursor() as cursor:
            cursor.execute(self._due("SELECT count(*) FROM (SELECT 1 {due} LIMIT %(limit)s) x"), params)
            rows = int(cursor.fetchone()[0])
            cursor.execute(f"SELECT min(r.{self.moment}) FROM {self.table} r")  # noqa: S608
            oldest = _moment(cursor.fetchone()[0])
            cursor.execute(self._held(), params)
            kept = dict(cursor.fetchall())
        return Due(
            rows=min(rows, COUNTED),
            partitions=0,
            oldest=oldest,
            held=kept,
            bytes=min(rows, COUNTED) * average(self.table),
            counted_to=COUNTED if rows > COUNTED else None,
        )

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Delete some of the oldest rows that are due and not held."""
        limit = settings.RETENTION_BATCH * ROWS_PER_TRANSACTION
        statement = f"""
            DELETE FROM {self.table} d
             WHERE ({self._columns("d")}) IN (SELECT {self._columns("r")} {{due}} LIMIT %(limit)s)
            RETURNING ({self._columns("d")})::text, d.{self.moment}
        """  # noqa: S608 - our own constants
        with db_roles.purging(), connection.cursor() as cursor:
            cursor.execute(self._due(statement), self._params(cutoff, limit))
            gone = cursor.fetchall()
        if not gone:
            return None
        moments = [_moment(row[1]) for row in gone]
        return Batch(
            counts={self.table: len(gone)},
            position=position,
            ids=digest(row[0] for row in gone),
            oldest=min(moments),  # type: ignore[type-var]
            newest=max(moments),  # type: ignore[type-var]
        )

    def per_day(self, *, at: datetime) -> float | None:
        """Return how many rows a day came in over the last whole week."""
        until = datetime.combine(at.date(), time(), UTC)
        since = until - timedelta(days=MEASURED_DAYS)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*) FROM {self.table} r"  # noqa: S608
                f" WHERE r.{self.moment} >= %(since)s AND r.{self.moment} < %(until)s",
                {"since": self._bound(since), "until": self._bound(until)},
            )
            return int(cursor.fetchone()[0]) / MEASURED_DAYS

    def _due(self, statement: str) -> str:
        due = f"""
              FROM {self.table} r
             WHERE r.{self.moment} < %(cutoff)s AND NOT ({self.unfinished}) AND NOT {held(self.keeps)}
        """
        return statement.format(due=due)

    def _held(self) -> str:
        return f"""
            SELECT h.id, count(*)
              FROM legal_hold h
              JOIN {self.table} r ON r.{self.moment} < %(cutoff)s AND {self.keeps}
             GROUP BY h.id ORDER BY h.id
        """  # noqa: S608

    def _columns(self, alias: str) -> str:
        return ", ".join(f"{alias}.{column.strip()}" for column in self.key.split(","))

    def _bound(self, moment: datetime) -> date:
        return moment.date() if self.by_date else moment

    def _params(self, cutoff: datetime, limit: int) -> Mapping[str, Any]:
        return {**self.told(), "cutoff": self._bound(cutoff), "limit": limit}


@dataclass(frozen=True, slots=True)
class Days:
    """A table partitioned by day: a day goes as a whole where nothing in it is held, else row by row.

    `hashed`: a bigint of each row, which summed by XOR stands for the ids of a day.
    """

    rows: Rows
    hashed: str

    @property
    def data_class(self) -> str:
        """The name of its class."""
        return self.rows.data_class

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return what is due: whole days by their size, and the rows of the others."""
        cut = self._cut(cutoff)
        due = self.rows.look(cutoff=cut, at=at)
        days = [day for day in partitions.days_of(self.rows.table) if day < cut.date()]
        whole = [day for day in days if not self._is_kept(partitions.partition_name(self.rows.table, day))]
        size = sum(_size(partitions.partition_name(self.rows.table, day)) for day in whole)
        apart = 0 if whole and len(whole) == len(days) else due.bytes
        return Due(due.rows, len(whole), due.oldest, due.held, max(size, apart), due.counted_to)

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Drop the oldest day that is due and not held; when there is none, delete single rows."""
        cut = self._cut(cutoff)
        for day in partitions.days_of(self.rows.table):
            if day >= cut.date():
                break
            name = partitions.partition_name(self.rows.table, day)
            if not self._is_kept(name):
                return self._record(name, self._drop(name, position), at=at, run_id=run_id)
        return self.rows.take(cutoff=cut, at=at, run_id=run_id, position=position)

    def per_day(self, *, at: datetime) -> float | None:
        """Return how many rows a day came in over the last whole week."""
        return self.rows.per_day(at=at)

    def _cut(self, cutoff: datetime) -> datetime:
        """Days go as a whole, so a row may stay up to a day longer than its class says."""
        return datetime.combine(cutoff.date(), time(), UTC)

    def _is_kept(self, partition: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT EXISTS (SELECT 1 FROM "{partition}" r'  # noqa: S608
                f" WHERE ({self.rows.unfinished}) OR {held(self.rows.keeps)})",
                self.rows.told(),
            )
            return bool(cursor.fetchone()[0])

    def _record(self, partition: str, batch: Batch, *, at: datetime, run_id: int) -> Batch:
        """Put a dropped day on record in the transaction that drops it, or it is not dropped."""
        audit.record(
            audit.Act.DAY_DROPPED,
            user=None,
            object_type="retention",
            object_id=self.data_class,
            at=at,
            changes={
                "run": run_id,
                "partition": partition,
                "rows": batch.counts[self.rows.table],
                "oldest": batch.oldest.isoformat() if batch.oldest else None,
                "newest": batch.newest.isoformat() if batch.newest else None,
                "sha256": batch.ids,
            },
        )
        return batch

    def _drop(self, partition: str, position: Position) -> Batch:
        """Count a day and drop it under the role that owns it, in the caller's transaction.

        Nobody writes to it meanwhile. A writer that is about to would wait for us and we for it: our wait is
        the shorter one (RETENTION_LOCK_MS), so we let go first.
        """
        moment = self.rows.moment
        with db_roles.making_days(self.rows.table), connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{partition}" IN SHARE MODE')
            cursor.execute(
                f"SELECT count(*), min(r.{moment}), max(r.{moment}),"  # noqa: S608
                f' coalesce(bit_xor({self.hashed}), 0) FROM "{partition}" r'
            )
            rows, oldest, newest, hashed = cursor.fetchone()
            cursor.execute(f'DROP TABLE "{partition}"')
        return Batch(
            counts={self.rows.table: rows, "partitions": 1},
            position=position,
            ids=digest([f"{partition} {rows} {hashed}"]),
            oldest=_moment(oldest),
            newest=_moment(newest),
        )


def _moment(value: Any) -> datetime | None:
    """A day counts from its beginning in UTC."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), UTC)


def _size(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [f'"{table}"'])
        return int(cursor.fetchone()[0])


def average(table: str) -> int:
    """Return the bytes that a row takes on average, indexes included; 0 where nothing is known yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(relid)), 0), coalesce(sum(greatest(reltuples, 0)), 0)"
            " FROM pg_partition_tree(%s::regclass) JOIN pg_class c ON c.oid = relid WHERE isleaf",
            [table],
        )
        size, rows = cursor.fetchone()
        return round(float(size) / float(rows)) if rows else 0
