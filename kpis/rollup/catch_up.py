"""One pass of the follow-up: consume, recount, snapshot when it is due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from kpis.catalogue import HELD
from kpis.models import KpiValue
from kpis.queries.window import Window
from kpis.rollup.consume import consume_changes
from kpis.rollup.recount import Days, mark_for_recount, recount_dirty
from kpis.rollup.snapshot import take_snapshot
from observability.accounts.scopes import Scope
from tracing.storage.turns import turn

# The costly parts, by the names of their turns.
YOUNG_DAYS = "kpis.young_days"
OLD_DAYS = "kpis.old_days"
SNAPSHOT = "kpis.snapshot"


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass did."""

    changes: int
    buckets: int
    snapshot: bool


def catch_up(*, at: datetime, clock: Callable[[], datetime]) -> Pass:
    """Consume changes and count what they touched, each bucket once; what there is no time for waits.

    Days that have not long ended are counted at every pass, where that takes no more than their share of the
    time: a day grows, and counting all of it every five seconds would come to fill a processor. Older ones,
    and what stands still, have shares of their own.
    """
    until = at + timedelta(seconds=settings.TASK_YIELD_SECONDS)
    changes = _consume(until=at + (until - at) / 2, clock=clock)
    with turn(YOUNG_DAYS, clock=clock, share=settings.KPI_YOUNG_SHARE) as mine:
        counted = _count(Days.YOUNG, until=until, clock=clock) if mine else 0
    with turn(OLD_DAYS, clock=clock) as mine:
        counted += _count(Days.OLD, until=until, clock=clock) if mine else 0
    return Pass(changes, counted, snapshot_if_due(clock=clock))


def _consume(*, until: datetime, clock: Callable[[], datetime]) -> int:
    """Consume what waits; not what comes meanwhile, or it would never end."""
    changes = 0
    while clock() < until:
        consumed = consume_changes().changes
        changes += consumed
        if consumed < settings.KPI_CHANGES_PER_BATCH:
            break
    return changes


def _count(days: Days, *, until: datetime, clock: Callable[[], datetime]) -> int:
    counted = 0
    while (at := clock()) < until:
        done = recount_dirty(at=at, days=days)
        counted += done
        if done < settings.KPI_BUCKETS_PER_BATCH:
            break
    return counted


def snapshot_if_due(*, clock: Callable[[], datetime]) -> bool:
    """Take the snapshot where the last one is older than its period, and its share of the time allows."""
    at = clock()
    last = (
        KpiValue.objects.filter(kpi=HELD.key, version=HELD.version, grain="facility")
        .order_by("-bucket", "-computed_at")
        .values_list("computed_at", flat=True)
        .first()
    )
    if last is not None and at - last < timedelta(seconds=settings.KPI_SNAPSHOT_SECONDS):
        return False
    with turn(SNAPSHOT, clock=clock) as mine:
        if mine:
            take_snapshot(at=at)
        return mine


def count_again(*, scope: Scope, window: Window, clock: Callable[[], datetime]) -> int:
    """Count every bucket of a scope and window again, and all else that waits; answer how many buckets.

    Somebody asked for it: it waits for no turn.
    """
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
