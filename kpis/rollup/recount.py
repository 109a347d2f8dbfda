"""Count marked buckets again from the facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from django.conf import settings
from django.db import transaction

from kpis.catalogue import COHORT_KPIS
from kpis.catalogue.categories import denial_categories
from kpis.queries import buckets
from kpis.queries.window import Window, whose
from observability.accounts.scopes import Scope
from observability.core.sql import execute, fetch_all, fetch_one


@dataclass(frozen=True, slots=True)
class Dirty:
    """A bucket that is to be counted again."""

    id: int
    workflow: str
    facility_id: int
    bucket: date


@dataclass(frozen=True, slots=True)
class Frozen:
    """A marked bucket, some of whose transactions are purged: it keeps the figures it has."""

    id: int


# Days that are no further apart are counted in one statement, which reads the days between them too.
APART = timedelta(days=7)
FEW = timedelta(days=5)
# A bucket whose day ended at most this long ago is counted at every pass.
YOUNG = timedelta(hours=2)
# A mark that has waited so long goes before those of newer days.
STARVED = timedelta(hours=1)


class Days(Enum):
    """Which marked buckets are meant: of days that have not long ended, of older days, or of all."""

    YOUNG = "young"
    OLD = "old"
    ALL = "all"


def recount_dirty(
    *, at: datetime, days: Days = Days.ALL, limit: int | None = None, rest_seconds: float | None = None
) -> int:
    """Count the newest marked buckets again; answer how many.

    An older bucket that was counted less than `rest_seconds` ago keeps its mark and is not counted: by
    default as the setting says, with 0 every marked bucket is.

    The marks stay locked until the new figures commit, so two workers never count one bucket at once, and
    a change that comes meanwhile marks it anew.
    """
    with transaction.atomic():
        execute(buckets.CLEAR_FROZEN)
        params = claim_params(at=at, days=days, limit=limit, rest_seconds=rest_seconds)
        # The timeout holds for the whole transaction.
        dirty = fetch_all(Dirty, buckets.CLAIM_DIRTY, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
        for workflow, near in runs(dirty):
            _recount(workflow, near, at)
        ids = {"ids": [d.id for d in dirty]}
        frozen: Frozen | None = fetch_one(Frozen, buckets.FROZEN, ids) if dirty else None
        if frozen is not None:
            # A purge came between: what was counted just now may lack what it took.
            transaction.set_rollback(True)
            return 0
        if dirty:
            execute(buckets.CLEAR_DIRTY, ids)
    return len(dirty)


def claim_params(
    *, at: datetime, days: Days = Days.ALL, limit: int | None, rest_seconds: float | None
) -> dict[str, object]:
    """Return the parameters that claim what is due at `at`."""
    rest = settings.KPI_OLD_BUCKET_SECONDS if rest_seconds is None else rest_seconds
    return {
        "limit": limit or settings.KPI_BUCKETS_PER_BATCH,
        "count_young": days is not Days.OLD,
        "count_old": days is not Days.YOUNG,
        "young": at - YOUNG,
        "starved": at - STARVED,
        "rested": at - timedelta(seconds=rest),
        "workflows": [kpi.workflow for kpi in COHORT_KPIS],
        "kpis": [kpi.key for kpi in COHORT_KPIS],
        "versions": [kpi.version for kpi in COHORT_KPIS],
    }


def runs(dirty: Sequence[Dirty]) -> list[tuple[str, list[Dirty]]]:
    """Return buckets that are counted together: of one workflow, on days that are not far apart."""
    found: list[tuple[str, list[Dirty]]] = []
    for each in sorted(dirty, key=lambda d: (d.workflow, d.bucket, d.facility_id)):
        if found and found[-1][0] == each.workflow and each.bucket - found[-1][1][-1].bucket <= APART:
            found[-1][1].append(each)
        else:
            found.append((each.workflow, [each]))
    return found


def _recount(workflow: str, dirty: Sequence[Dirty], at: datetime) -> None:
    first, last = dirty[0].bucket, dirty[-1].bucket
    window = Window(first, last + timedelta(days=1))
    facilities = [d.facility_id for d in dirty]
    kpis = [kpi for kpi in COHORT_KPIS if kpi.workflow == workflow]
    params = {
        **window.params(),
        **whose(Scope(facility_ids=tuple(sorted(set(facilities))))),
        "bucket_facilities": facilities,
        "bucket_days": [d.bucket for d in dirty],
        "denial": list(denial_categories()),
        "kpis": [kpi.key for kpi in kpis],
        "versions": [kpi.version for kpi in kpis],
        "at": at,
    }
    execute(buckets.ROOM)
    execute(buckets.BY_KEY if last - first < FEW else buckets.AS_SET)
    execute(buckets.CLEAR_VALUES, params)
    execute(buckets.STORE[workflow], params)


def mark_for_recount(*, scope: Scope, window: Window, at: datetime) -> int:
    """Mark every bucket of a scope and window, those with transactions and those with stored values."""
    marked = 0
    bounds = {**whose(scope), **window.params(), "at": at}
    for workflow in sorted({kpi.workflow for kpi in COHORT_KPIS}):
        kpis = [kpi.key for kpi in COHORT_KPIS if kpi.workflow == workflow]
        marked += execute(buckets.MARK_ALL, bounds | {"workflows": [workflow]})
        marked += execute(buckets.MARK_STORED, bounds | {"workflow": workflow, "kpis": kpis})
    return marked
