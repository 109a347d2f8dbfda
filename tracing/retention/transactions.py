"""The shelf of transactions: open ones expire first, visibly; then each goes with all that hangs on it.

Stages of a run, kept in its position: expire, purge, unclaimed (events that no transaction has), renamings
(merges and moves of keys), tokens.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import connection

from integrations.retention.plain import COUNTED, Rows, average
from integrations.retention.shelves import Batch, Due, Position, register
from observability.core import db_roles
from tracing.retention import followed
from tracing.retention import statements as sql
from tracing.retention.batches import Taken, expire, loosen, purge, renamings, unclaimed

BEGINNING = datetime(1, 1, 1, tzinfo=UTC).isoformat()
STAGES = ("expire", "purge", "unclaimed", "renamings", "tokens")
STEPS: dict[str, Callable[[Mapping[str, Any]], Taken | None]] = {
    "unclaimed": unclaimed,
    "renamings": renamings,
    "tokens": loosen,
}
START: Position = {"stage": STAGES[0], "facility": 0, "at": BEGINNING, "id": str(UUID(int=0))}
# What else keeps a transaction `t` although its time has come; other domains add their reasons.
WAITS: list[str] = []


@dataclass(frozen=True, slots=True)
class Transactions:
    """The class of transactions and of everything that is known by way of them."""

    data_class: ClassVar[str] = "transactions"

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return what is due, without touching it."""
        params = self._params(cutoff, at, COUNTED + 1)
        due = f"SELECT count(*) FROM (SELECT 1 FROM transaction t WHERE {self._due()} LIMIT %(limit)s) x"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(due, params)
            rows = int(cursor.fetchone()[0])
            cursor.execute("SELECT min(first_at) FROM transaction")
            oldest = cursor.fetchone()[0]
            cursor.execute(sql.HELD, params)
            kept = dict(cursor.fetchall())
        known = min(rows, COUNTED)
        return Due(known, 0, oldest, kept, known * per_transaction(), COUNTED if rows > COUNTED else None)

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Do the next batch of the stage that the run is in."""
        place = dict(position) or dict(START)
        params = {**self._params(cutoff, at, settings.RETENTION_BATCH), "at": at, "run_id": run_id}
        stage = place["stage"]
        if stage in ("expire", "purge"):
            return self._walked(stage, place, params)
        with db_roles.purging():
            taken = STEPS[stage](params)
        if taken is not None:
            return _batch(taken, place)
        return _on(stage)

    def per_day(self, *, at: datetime) -> float | None:
        """Return how many transactions a day began over the last whole week."""
        return Rows("transactions", "transaction", "id", "first_at", keeps="false").per_day(at=at)

    def _walked(self, stage: str, place: dict[str, Any], params: dict[str, Any]) -> Batch | None:
        """Find the next transactions of this facility, or go on to the next one, then to the next stage."""
        quiet = "t.phase = 'open' AND t.last_at < %(before)s"
        condition = f"{quiet} AND {sql.UNHELD}" if stage == "expire" else self._due()
        params["before"] = params["expiring"] if stage == "expire" else params["cutoff"]
        walk = {"facility_id": place["facility"], "after_at": place["at"], "after_id": place["id"]}
        with connection.cursor() as cursor:
            cursor.execute(sql.WALK.format(condition=condition), {**params, **walk})
            found: Sequence[tuple[UUID, datetime]] = cursor.fetchall()
            if not found:
                cursor.execute(sql.NEXT_FACILITY, walk)
                following = cursor.fetchone()[0]
                if following is None:
                    return _on(stage)
                return Batch({}, {**START, "stage": stage, "facility": following})
        ids = [row[0] for row in found]
        if stage == "expire":
            taken = expire(ids, {**params, "condition": quiet})
        else:
            with db_roles.purging():
                taken = purge(ids, {**params, "condition": self._due()})
        last_id, last_at = found[-1]
        return _batch(taken, {**place, "at": last_at.isoformat(), "id": str(last_id)})

    def _due(self) -> str:
        waits = "".join(f" AND NOT ({wait})" for wait in WAITS)
        return f"({sql.DUE}) AND {sql.UNHELD}{waits}"

    def _params(self, cutoff: datetime, at: datetime, limit: int) -> dict[str, Any]:
        notice = timedelta(days=settings.RETENTION_NOTICE_DAYS)
        return {
            **followed.params(),
            "cutoff": cutoff,
            "expiring": cutoff + notice,
            "noticed": at - notice,
            "limit": limit,
        }


def _batch(taken: Taken, place: Mapping[str, Any]) -> Batch:
    return Batch(taken.counts, place, taken.ids, taken.oldest, taken.newest)


def _on(stage: str) -> Batch | None:
    """Go on to the next stage; None after the last."""
    following = STAGES.index(stage) + 1
    return Batch({}, {**START, "stage": STAGES[following]}) if following < len(STAGES) else None


def per_transaction() -> int:
    """Return the bytes of a transaction with all that hangs on it, on average; 0 where none is known yet."""
    tables = (
        "transaction", "step", "deadline", "fact", "fact_line", "event", "transaction_key",
        "transaction_trace", "identifier",
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0),"
            " max(reltuples) FILTER (WHERE relname = 'transaction')"
            "  FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s)",
            [list(tables)],
        )
        size, rows = cursor.fetchone()
    return round(float(size) / rows) if rows and rows > 0 else average("transaction")


def wait_for(condition: str) -> None:
    """Have transactions kept while `condition` (SQL about a transaction `t`) holds."""
    if condition not in WAITS:
        WAITS.append(condition)


def register_transactions() -> None:
    """Have transactions purged."""
    register(Transactions())
