"""The dry run: what is due, what holds keep, how large each class will be. Touches nothing it looks at."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction

from integrations.catalogue import retention
from integrations.catalogue.retention import Policy
from integrations.models import RetentionLook
from integrations.retention.forecast import AHEAD_DAYS, size_in
from integrations.retention.plain import COUNTED, MEASURED_DAYS
from integrations.retention.shelves import SHELVES, Due, Shelf

EVERY = timedelta(hours=1)
TIMEOUT_MS = 20_000  # of each statement; what takes longer is told as not counted
# With its partitions: what a table and its indexes take.
SIZES = """
    SELECT c.relname, sum(pg_total_relation_size(coalesce(i.inhrelid, c.oid)))::bigint
      FROM pg_class c LEFT JOIN pg_inherits i ON i.inhparent = c.oid AND c.relkind = 'p'
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(%s)
     GROUP BY c.relname
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """One class at one moment; None: not known. Sizes in bytes."""

    size: int
    due_rows: int | None
    due_partitions: int | None
    due_bytes: int | None
    counted_to: int | None  # there may be more due rows than this
    oldest: str | None  # ISO 8601
    held: dict[str, int]  # due rows by the id of the hold that keeps them
    per_day: int | None  # bytes, of the last whole week; not known of a class without rows in a first week
    ahead: dict[str, int] | None  # bytes in so many days


def look_if_due(*, at: datetime) -> RetentionLook | None:
    """Look again where the last look is older than an hour."""
    last = RetentionLook.objects.order_by("-day").first()
    return look(at=at) if last is None or at - last.at >= EVERY else None


def look(*, at: datetime) -> RetentionLook:
    """Look at every class and keep what was found."""
    sizes = _sizes()
    week = at.astimezone(UTC).date() - timedelta(days=MEASURED_DAYS)
    watched = RetentionLook.objects.filter(day__lte=week).exists()
    found = {name: _looked(name, sizes, at, watched=watched) for name in SHELVES}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        whole = int(cursor.fetchone()[0])
    known = sum(each.size for each in found.values())
    kept, _ = RetentionLook.objects.update_or_create(
        day=at.astimezone(UTC).date(),
        defaults={
            "at": at,
            "policy": retention.version(),
            "classes": {name: asdict(each) for name, each in found.items()},
            "other_bytes": max(0, whole - known),
        },
    )
    return kept


def _sizes() -> dict[str, int]:
    tables = [table for policy in retention.policies().values() for table in policy.tables]
    with connection.cursor() as cursor:
        cursor.execute(SIZES, [tables])
        return dict(cursor.fetchall())


def _looked(name: str, sizes: dict[str, int], at: datetime, *, watched: bool) -> Looked:
    policy, shelf = retention.policies()[name], SHELVES[name]
    size = sum(sizes.get(table, 0) for table in policy.tables)
    due: Due | None = _in_time(lambda: shelf.look(cutoff=policy.cutoff(at), at=at))
    per_day: float | None = _in_time(lambda: _bytes_per_day(shelf, policy, size, at))
    if not per_day and not watched:
        per_day = None  # nothing came in a week in which we were not there: that is no pace
    ahead = None
    if due is not None and per_day is not None:
        age = (at - due.oldest).total_seconds() / 86_400 if due.oldest else 0.0
        ahead = {
            str(days): size_in(days, size=size, per_day=per_day, age_days=age, kept_days=policy.days)
            for days in AHEAD_DAYS
        }
    return Looked(
        size=size,
        due_rows=due.rows if due else None,
        due_partitions=due.partitions if due else None,
        due_bytes=due.bytes if due else None,
        counted_to=due.counted_to if due else None,
        oldest=due.oldest.isoformat() if due and due.oldest else None,
        held={str(hold): rows for hold, rows in due.held.items()} if due else {},
        per_day=round(per_day) if per_day is not None else None,
        ahead=ahead,
    )


def _bytes_per_day(shelf: Shelf, policy: Policy, size: int, at: datetime) -> float | None:
    """Return what comes in a day: rows of the class's first table, each with its share of the whole class."""
    per_day = shelf.per_day(at=at)
    rows = _rows(policy.tables[0])
    if per_day is None:
        return None
    return per_day * size / rows if rows else 0.0


def _rows(table: str) -> float:
    """Return about how many rows there are: as the statistics say, counted where those know nothing yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(greatest(c.reltuples, 0)) FROM pg_partition_tree(%s::regclass) p"
            " JOIN pg_class c ON c.oid = p.relid WHERE p.isleaf",
            [table],
        )
        known = cursor.fetchone()[0]
        if known:
            return float(known)
        cursor.execute(f"SELECT count(*) FROM (SELECT 1 FROM {table} LIMIT {COUNTED}) x")  # noqa: S608
        return float(cursor.fetchone()[0])


def _in_time(ask: Any) -> Any:
    """Return an answer, or None where it takes too long: a look must not stand in anybody's way."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(TIMEOUT_MS)])
            return ask()
    except OperationalError:
        return None
