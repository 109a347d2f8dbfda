"""The shelves of what comes in, of counts, and of the audit."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import connection

from integrations.retention.holding import CONNECTOR_OF_FACILITY, held, matches
from integrations.retention.plain import COUNTED, Days, Rows, average
from integrations.retention.shelves import Batch, Due, Position, digest, register
from observability.accounts import erasing
from observability.core import db_roles

SENT = {"facility": CONNECTOR_OF_FACILITY.format(row="r"), "connector": "r.connector_id = h.connector_id"}
INBOX = Days(
    Rows(
        data_class="inbox",
        table="inbox",
        key="received_on, id",
        moment="received_on",
        keeps=matches("inbox", first="r.received_at", **SENT),
        # Nothing that was acknowledged goes before it is applied, nor while it may be given back to be.
        unfinished="r.done_at IS NULL OR EXISTS (SELECT 1 FROM inbox_parked p WHERE p.id = r.id)",
        by_date=True,
    ),
    hashed="uuid_hash_extended(r.id, 0)",
)
PARKED = Rows(
    data_class="parked",
    table="inbox_parked",
    key="id",
    moment="parked_at",
    keeps=matches("parked", first="r.received_at", last="r.parked_at", **SENT),
)
RECEIPTS = Rows(
    data_class="receipts",
    table="idempotency_key",
    key="id",
    moment="created_at",
    keeps=matches("receipts", first="r.created_at", **SENT),
)
COUNTS = Rows(
    data_class="counts",
    table="connector_count",
    key="id",
    moment="day",
    # The whole UTC day.
    keeps=matches("counts", first="r.day", last="(r.day + 1)", **SENT),
    by_date=True,
)
SEEN = Rows(
    data_class="sightings",
    table="register_seen",
    key="id",
    moment="last_at",
    keeps=matches("sightings", first="r.first_at", last="r.last_at", **SENT),
)
RUNS = Rows(
    data_class="runs",
    table="purge_run",
    key="id",
    moment="started_at",
    keeps=matches("runs", first="r.started_at", last="r.finished_at"),
    unfinished="r.finished_at IS NULL",
)
LOOKS = Rows(
    data_class="looks",
    table="retention_look",
    key="day",
    moment="day",
    keeps=matches("looks", first="r.day", last="(r.day + 1)"),
    by_date=True,
)
LAST_SEQ = 2**63 - 1
AUDIT_KEPT = matches(
    "audit",
    first="r.at",
    facility="(r.facility_ids = '{}' OR h.facility_id = ANY(r.facility_ids))",
    transaction="(r.mentions && h.transaction_ids OR r.object_id = ANY(h.transaction_ids::text[]))",
)
FIRST_HELD = f"""
    SELECT min(r.seq) FROM audit_row r
     WHERE r.at < %(cutoff)s AND r.seq < %(before)s AND {held(AUDIT_KEPT)}
"""  # noqa: S608 - our own constants
DUE_ROWS = "SELECT count(*) FROM (SELECT 1 FROM audit_row WHERE seq < %(first)s LIMIT %(limit)s) x"
BEGINNING = (
    "SELECT coalesce(min(seq), (SELECT seq + 1 FROM audit_head)) FROM audit_row WHERE at >= %(cutoff)s"
)
HELD_ROWS = f"""
    SELECT h.id, count(*)
      FROM legal_hold h JOIN audit_row r ON r.at < %(cutoff)s AND {AUDIT_KEPT}
     GROUP BY h.id ORDER BY h.id
"""  # noqa: S608 - our own constants
HELD_ROW = f"SELECT EXISTS (SELECT 1 FROM audit_row r WHERE r.seq = %(seq)s AND {held(AUDIT_KEPT)})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Audit:
    """The audit rows: the chain has one beginning, so a held row keeps all that come after it."""

    data_class: ClassVar[str] = "audit"

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return how many rows lie before where the chain may begin."""
        with connection.cursor() as cursor:
            cursor.execute(BEGINNING, {"cutoff": cutoff})
            first = int(cursor.fetchone()[0])
            keep = _first_held(cutoff)
            first = first if keep is None else min(first, keep)
            cursor.execute(DUE_ROWS, {"first": first, "limit": COUNTED + 1})
            rows = int(cursor.fetchone()[0])
            cursor.execute("SELECT min(at) FROM audit_row")
            oldest = cursor.fetchone()[0]
            cursor.execute(HELD_ROWS, {"cutoff": cutoff})
            kept = dict(cursor.fetchall())
        known = min(rows, COUNTED)
        counted_to = COUNTED if rows > COUNTED else None
        return Due(known, 0, oldest, kept, known * average("audit_row"), counted_to)

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Move the signed beginning of the chain by one batch, and delete the rows before it: a hold that is
        placed between two batches keeps all that the second would have taken."""
        limit = erasing.BATCH
        with db_roles.purging():
            keep = _first_held(cutoff, before=erasing.first_seq() + limit)
            erasing.move_beginning(cutoff=cutoff, keep_from=keep, limit=limit)
            gone = erasing.delete_before_beginning(limit=limit)
        if not gone:
            return None
        return Batch(
            counts={"audit_row": len(gone)},
            position=position,
            ids=digest(row.hash for row in gone),
            oldest=min(row.at for row in gone),
            newest=max(row.at for row in gone),
        )

    def per_day(self, *, at: datetime) -> float | None:
        """Return how many rows a day came in over the last whole week."""
        return Rows("audit", "audit_row", "seq", "at", keeps="false").per_day(at=at)


def _first_held(cutoff: datetime, *, before: int = LAST_SEQ) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_HELD, {"cutoff": cutoff, "before": before})
        row = cursor.fetchone()
    return row[0] if row else None


def audit_row_is_held(seq: int) -> bool:
    """Say whether a legal hold keeps this audit row, and with it its words."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_ROW, {"seq": seq})
        return bool(cursor.fetchone()[0])


def register_ours() -> None:
    """Have the classes of this app purged."""
    for shelf in (INBOX, PARKED, RECEIPTS, COUNTS, SEEN, RUNS, LOOKS, Audit()):
        register(shelf)
