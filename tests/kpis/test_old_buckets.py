"""An old bucket rests between two counts, a young one does not."""

from datetime import date, datetime, timedelta

import pytest
from pytest_django import Settings

from kpis.models import KpiDirty
from kpis.queries.freshness import counted_until
from kpis.rollup.consume import WORKFLOWS, consume_changes
from kpis.rollup.recount import recount_dirty
from observability.accounts.scopes import Scope
from tests.kpis.build import MIDDAY, build_change, build_claim


@pytest.mark.django_db
def test_an_old_bucket_rests_after_a_recount_and_a_young_one_does_not(settings: Settings) -> None:
    settings.KPI_OLD_BUCKET_SECONDS = 300
    evening = MIDDAY + timedelta(hours=8)
    old = build_claim(started=MIDDAY - timedelta(days=3), first="paid")
    young = build_claim(started=MIDDAY, first="paid")

    def touched(at: datetime) -> tuple[int, list[date]]:
        build_change(old, at=at)
        build_change(young, at=at)
        consume_changes(limit=10)
        counted = recount_dirty(at=at)
        return counted, list(KpiDirty.objects.values_list("bucket", flat=True))

    assert touched(evening) == (2, [])
    for seconds in (5, 299):
        assert touched(evening + timedelta(seconds=seconds)) == (1, [date(2026, 3, 7)])
    at = evening + timedelta(seconds=299)
    assert counted_until(scope=Scope.system(), workflows=WORKFLOWS, at=at) == evening + timedelta(seconds=5)
    assert touched(evening + timedelta(seconds=300)) == (2, [])
    assert touched(evening + timedelta(seconds=301)) == (1, [date(2026, 3, 7)])
    assert recount_dirty(at=evening + timedelta(seconds=301), rest_seconds=0) == 1
    # The day is young until two hours after its end, where the facility is.
    build_change(young, at=evening)
    consume_changes(limit=10)
    assert recount_dirty(at=evening + timedelta(minutes=1)) == 1
    build_change(young, at=evening)
    consume_changes(limit=10)
    assert recount_dirty(at=evening + timedelta(days=1)) == 1  # rested long enough
    build_change(young, at=evening)
    consume_changes(limit=10)
    assert recount_dirty(at=evening + timedelta(days=1, minutes=1)) == 0
