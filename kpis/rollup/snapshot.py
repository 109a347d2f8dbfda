"""Take the snapshot of the money that stands still: it changes with time, without any event."""

from datetime import datetime

from django.db import transaction

from kpis.catalogue import HELD
from kpis.queries.buckets import CLEAR_SNAPSHOT, STORE_SNAPSHOT
from kpis.queries.window import whose
from observability.accounts.scopes import Scope
from observability.core.sql import execute

# Advisory lock: one snapshot at a time, so that two never write the same day together.
SNAPSHOT_LOCK = "SELECT pg_advisory_xact_lock(hashtext('kpis.snapshot'))"


def take_snapshot(*, at: datetime) -> int:
    """Store what is failed or late at `at`, replacing the day's earlier snapshot; answer rows stored."""
    params = {**whose(Scope.system()), "at": at, "version": HELD.version}
    with transaction.atomic():
        execute(SNAPSHOT_LOCK)
        execute(CLEAR_SNAPSHOT, params)
        return execute(STORE_SNAPSHOT, params)
