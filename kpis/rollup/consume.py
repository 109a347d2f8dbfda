"""Turn changes of transactions into buckets that are to be counted again."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from kpis.catalogue import COHORT_KPIS
from kpis.queries.buckets import CONSUME, OLDEST
from observability.core.sql import fetch_one

WORKFLOWS = sorted({kpi.workflow for kpi in COHORT_KPIS})


@dataclass(frozen=True, slots=True)
class Consumed:
    """What one batch of changes came to."""

    changes: int
    buckets: int


def consume_changes(*, limit: int | None = None) -> Consumed:
    """Consume the oldest changes; they are gone and their buckets marked together, or neither."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(OLDEST, {"limit": limit or settings.KPI_CHANGES_PER_BATCH})
            ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return Consumed(0, 0)
        params = {"ids": ids, "workflows": WORKFLOWS}
        done = fetch_one(Consumed, CONSUME, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
    return done or Consumed(0, 0)
