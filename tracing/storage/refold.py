"""Make facts, keys and phases again from the events that are kept and not quarantined.

The result equals that of the incremental passes, because it is the same pass with every event replaced by
itself. It serves a stolen key's quarantine, new tables of codes, new mappings, and new workflow versions.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from integrations.models import Credential
from integrations.retention.run import wait_for_holds
from tracing.storage.apply import apply_again

BATCH = 1_000

CHOOSE = """
    SELECT e.event_id
      FROM event e
     WHERE e.event_id > %(after)s
       AND (%(connector)s::bigint IS NULL OR e.connector_id = %(connector)s)
       AND (%(credential)s::bigint IS NULL OR e.credential_id = %(credential)s)
       AND (NOT %(by_fact)s OR e.event_id IN (
               SELECT f.event_id FROM fact f
                WHERE (%(transactions)s::uuid[] IS NULL OR f.transaction_id = ANY(%(transactions)s::uuid[]))
                  AND (%(workflow)s::text IS NULL OR f.workflow = %(workflow)s)
                  AND (%(since)s::timestamptz IS NULL OR f.occurred_at >= %(since)s)
                  AND (%(until)s::timestamptz IS NULL OR f.occurred_at < %(until)s)))
     ORDER BY e.event_id
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events to fold again; what is None does not narrow it."""

    transactions: tuple[UUID, ...] | None = None
    connector_id: int | None = None
    credential_id: int | None = None
    workflow: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def refold(selection: Selection, *, at: int) -> int:
    """Fold the selected events again, batch by batch; answer how many there were."""
    total = 0
    for batch in _batches(selection):
        refold_events(batch, at=at)
        total += len(batch)
    return total


def refold_events(
    event_ids: Sequence[UUID], *, at: int, remap_id: int | None = None
) -> tuple[Counter[str], int]:
    """Fold these events again in one transaction, placed by the crosswalk as it stands.

    Answers why some of them stay where they are, and how many were placed elsewhere.
    """
    quarantined = set(Credential.objects.exclude(quarantined_at=None).values_list("pk", flat=True))
    with transaction.atomic():
        wait_for_holds()  # a purge beside this would freeze days that something is leaving just now
        done = apply_again(
            [event_id.bytes for event_id in event_ids], at=at, quarantined=quarantined, remap_id=remap_id
        )
    return done.refused, len(done.moved)


def _batches(selection: Selection) -> Iterator[list[UUID]]:
    by_fact = any(
        value is not None
        for value in (selection.transactions, selection.workflow, selection.since, selection.until)
    )
    # Read before any is folded again: a quarantine takes facts away that the choice is made by.
    chosen: list[UUID] = []
    after = UUID(int=0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                CHOOSE,
                {
                    "after": after,
                    "by_fact": by_fact,
                    "transactions": list(selection.transactions)
                    if selection.transactions is not None
                    else None,
                    "connector": selection.connector_id,
                    "credential": selection.credential_id,
                    "workflow": selection.workflow,
                    "since": selection.since,
                    "until": selection.until,
                    "limit": BATCH,
                },
            )
            found = [row[0] for row in cursor.fetchall()]
        if not found:
            break
        chosen += found
        after = found[-1]
    for start in range(0, len(chosen), BATCH):
        yield chosen[start : start + BATCH]
