"""Which buckets are counted in one statement, and that it touches no other."""

from datetime import date, timedelta

import pytest

from kpis.catalogue import COHORT_KPIS
from kpis.models import KpiDirty, KpiValue
from kpis.queries.buckets import STORE
from kpis.rollup.consume import consume_changes
from kpis.rollup.recount import Dirty, recount_dirty, runs
from tests.kpis.build import MIDDAY, build_change, build_claim

FIRST = date(2026, 3, 1)


def bucket(days: int, *, facility: int = 1, workflow: str = "claim") -> Dirty:
    return Dirty(0, workflow, facility, FIRST + timedelta(days=days))


def test_days_near_each_other_are_counted_together_whatever_their_order() -> None:
    dirty = [bucket(30), bucket(7), bucket(0, facility=2), bucket(0), bucket(37)]
    dirty.insert(4, bucket(37, workflow="order"))
    found = [(workflow, [(d.bucket - FIRST).days for d in days]) for workflow, days in runs(dirty)]
    assert found == [("claim", [0, 0, 7]), ("claim", [30, 37]), ("order", [37])]
    assert runs([]) == []


def test_every_workflow_with_measures_can_be_counted() -> None:
    assert set(STORE) == {kpi.workflow for kpi in COHORT_KPIS}


@pytest.mark.django_db
def test_a_day_between_two_that_are_counted_keeps_its_figures() -> None:
    ends = [build_claim(started=MIDDAY + timedelta(days=n), first="paid") for n in (0, 2)]
    middle = build_claim(started=MIDDAY + timedelta(days=1), first="paid")
    for claim in (*ends, middle):
        build_change(claim)
    consume_changes(limit=10)
    recount_dirty(at=MIDDAY)
    KpiValue.objects.filter(kpi="K01", bucket=date(2026, 3, 11)).update(numerator=99)
    for claim in ends:
        build_change(claim)
    consume_changes(limit=10)
    assert recount_dirty(at=MIDDAY + timedelta(days=60)) == 2
    assert not KpiDirty.objects.exists()
    days = KpiValue.objects.filter(kpi="K01", grain="facility").order_by("bucket")
    assert [int(each.numerator) for each in days] == [0, 99, 0]
