"""One pass of the follow-up: consume, recount, snapshot when it is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from kpis.catalogue import HELD
from kpis.models import KpiValue
from kpis.queries.window import Window
from kpis.rollup.consume import consume_changes
from kpis.rollup.recount import mark_for_recount, recount_dirty
from kpis.rollup.snapshot import take_snapshot
from observability.accounts.scopes import Scope


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did."""

    changes: int
    buckets: int
    snapshot: bool


def catch_up(*, at: datetime, clock: Callable[[], datetime]) -> Pass:
    """Consume changes and recount until nothing is due or the pass has run its time; the rest waits."""
    until = at + timedelta(seconds=settings.TASK_YIELD_SECONDS)
    changes = counted = 0
    while clock() < until:
        consumed = consume_changes()
        changes += consumed.changes
        done = recount_dirty(at=clock())
        counted += done
        if not done and not consumed.changes:
            break
    return Pass(changes, counted, snapshot_if_due(at=clock()))


def snapshot_if_due(*, at: datetime) -> bool:
    """Take the snapshot where the last one is older than its period."""
    last = (
        KpiValue.objects.filter(kpi=HELD.key, version=HELD.version, grain="facility")
        .order_by("-bucket", "-computed_at")
        .values_list("computed_at", flat=True)
        .first()
    )
    if last is not None and at - last < timedelta(seconds=settings.KPI_SNAPSHOT_SECONDS):
        return False
    take_snapshot(at=at)
    return True


def count_again(*, scope: Scope, window: Window, clock: Callable[[], datetime]) -> int:
    """Count every bucket of a scope and window again, and all else that waits; answer how many buckets."""
    mark_for_recount(scope=scope, window=window, at=clock())
    counted = 0
    while True:
        consumed = consume_changes()
        done = recount_dirty(at=clock(), rest_seconds=0)
        counted += done
        if not done and not consumed.changes:
            break
    take_snapshot(at=clock())
    return counted
