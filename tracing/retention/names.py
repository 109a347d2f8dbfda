"""The shelf of names: which number or transaction has another since a merge or a move.

Events are read by them, so one goes only when nothing is known by it any more: no event that said it, no
transaction, summary or number, and no further name. It says then what nobody asks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import connection

from integrations.retention.holding import matches
from integrations.retention.plain import Rows
from integrations.retention.shelves import Batch, Due, Position, register
from tracing.retention import followed
from tracing.retention.followed import of_hold
from tracing.retention.statements import EVENT_LEFT
from tracing.storage import aliases

# What one event renames, a number and the transactions that it names, goes together.
USED = """
    EXISTS (SELECT 1 FROM event e WHERE e.event_id = r.event_id)
    OR EXISTS (
        SELECT 1 FROM key_alias s
         WHERE s.event_id = r.event_id
           AND (EXISTS (SELECT 1 FROM transaction_key k WHERE k.token IN (s.old, s.new, s.within))
                OR EXISTS (SELECT 1 FROM orphan_token o WHERE o.token IN (s.old, s.new, s.within))
                OR EXISTS (SELECT 1 FROM transaction t WHERE t.id IN (s.old, s.new))
                OR EXISTS (SELECT 1 FROM transaction_summary p WHERE p.id IN (s.old, s.new))
                OR EXISTS (SELECT 1 FROM key_alias n WHERE n.old = s.new AND n.event_id <> s.event_id)))
"""
GIVEN = Rows(
    data_class="names",
    table="key_alias",
    key="event_id, old",
    moment="received_at",
    keeps=matches(
        "names",
        first="r.received_at",
        facility=f"(r.facility_id = h.facility_id OR {EVENT_LEFT.format(event='r.event_id')})",
        connector="r.connector_id = h.connector_id",
        transaction=f"({of_hold('r.old')} OR {of_hold('r.new')})",
    ),
    unfinished=USED,
    told=followed.params,
)
# Without it what it takes back would be in force again.
TAKEN_BACK = Rows(
    data_class="names",
    table="key_alias_undone",
    key="event_id",
    moment="received_at",
    keeps=matches("names", first="r.received_at", connector="r.connector_id = h.connector_id"),
    unfinished="""EXISTS (SELECT 1 FROM event e WHERE e.event_id = r.event_id)
                  OR EXISTS (SELECT 1 FROM key_alias a WHERE a.event_id = r.undoes)""",
)


@dataclass(frozen=True, slots=True)
class Names:
    """The class of names."""

    data_class: ClassVar[str] = "names"

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return how many names are due, without touching them."""
        return GIVEN.look(cutoff=cutoff, at=at)

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Delete names that nothing is known by, then what took such names back.

        Alone, as whoever changes names: a pass of the drain reads them before it locks anything.
        """
        for rows in (GIVEN, TAKEN_BACK):
            if not rows.look(cutoff=cutoff, at=at).rows:
                continue
            with connection.cursor() as cursor:
                cursor.execute(aliases.ALONE, {"space": aliases.LOCK_SPACE})
            batch = rows.take(cutoff=cutoff, at=at, run_id=run_id, position=position)
            if batch is not None:
                return batch
        return None

    def per_day(self, *, at: datetime) -> float | None:
        """Return how many names a day were given over the last whole week."""
        return GIVEN.per_day(at=at)


def register_names() -> None:
    """Have names purged."""
    register(Names())
