"""Costly follow-ups take no more than their share of the time; what is asked for waits for no turn."""

from datetime import date, datetime, timedelta

import pytest
from pytest_django import Settings

from kpis.models import KpiDirty, KpiValue
from kpis.queries.freshness import counted_until
from kpis.queries.window import Window
from kpis.rollup.catch_up import OLD_DAYS, SNAPSHOT, catch_up, count_again
from kpis.rollup.consume import WORKFLOWS
from kpis.rollup.recount import STARVED, recount_dirty
from observability.accounts.scopes import Scope
from observability.core.pacing import free_at
from tests.kpis.build import MIDDAY, build_change, build_claim
from tracing.models import FollowUp
from tracing.storage.turns import LEASE, turn

EVENING = MIDDAY + timedelta(hours=8)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime = EVENING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def later(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


def test_what_took_ten_seconds_begins_again_after_two_hundred() -> None:
    ended = EVENING + timedelta(seconds=10)
    assert free_at(began=EVENING, ended=ended, share=0.05) == EVENING + timedelta(seconds=200)
    assert free_at(began=EVENING, ended=ended, share=1) == ended
    for share in (0.0, -0.5, 1.5):
        with pytest.raises(ValueError, match="share"):
            free_at(began=EVENING, ended=ended, share=share)


def fail(clock: Clock) -> None:
    """Have the turn of this work, and fail in it after a second."""
    with turn("work", clock=clock):
        clock.later(1)
        raise KeyError


@pytest.mark.django_db
def test_a_turn_is_one_persons_and_comes_again_when_its_share_is_kept(settings: Settings) -> None:
    settings.FOLLOW_UP_SHARE = 0.05
    clock = Clock()

    def mine(name: str = "work", *, took: float = 0) -> bool:
        with turn(name, clock=clock) as taken:
            clock.later(took if taken else 0)
            return taken

    with turn("work", clock=clock) as first:
        assert first
        assert not mine()
        assert mine("other work")
        clock.later(10)
    clock.later(189)
    assert not mine()
    clock.later(1)
    with pytest.raises(KeyError):
        fail(clock)
    assert not mine()  # a failure costs its time, too
    clock.later(19)
    assert mine()


@pytest.mark.django_db
def test_work_with_a_share_of_its_own_waits_by_that(settings: Settings) -> None:
    settings.FOLLOW_UP_SHARE = 0.01
    clock = Clock()
    with turn("today", clock=clock, share=0.1):
        clock.later(2)
    for seconds, expected in ((17, False), (1, True)):
        clock.later(seconds)
        with turn("today", clock=clock, share=0.1) as mine:
            assert mine is expected


@pytest.mark.django_db
def test_somebody_who_died_in_his_turn_holds_up_the_next_for_a_while_only() -> None:
    FollowUp.objects.create(name="work", free_at=EVENING + LEASE)
    for at, expected in ((EVENING, False), (EVENING + LEASE, True)):
        with turn("work", clock=Clock(at)) as mine:
            assert mine is expected


@pytest.mark.django_db
def test_old_days_wait_for_their_turn_and_young_ones_do_not(settings: Settings) -> None:
    settings.KPI_OLD_BUCKET_SECONDS = settings.KPI_SNAPSHOT_SECONDS = 0
    old = build_claim(started=MIDDAY - timedelta(days=3), first="paid")
    young = build_claim(started=MIDDAY, first="paid")
    clock = Clock()

    def touched() -> list[date]:
        build_change(old, at=clock())
        build_change(young, at=clock())
        catch_up(at=clock(), clock=clock)
        return list(KpiDirty.objects.values_list("bucket", flat=True))

    assert touched() == []
    counted = clock()
    FollowUp.objects.filter(name__in=[OLD_DAYS, SNAPSHOT]).update(free_at=clock.at + timedelta(seconds=200))
    for _ in range(2):
        clock.later(5)
        assert touched() == [date(2026, 3, 7)]
        assert KpiValue.objects.get(kpi="K01", grain="facility", bucket=MIDDAY).computed_at == clock()
        assert KpiValue.objects.get(kpi="HELD", grain="facility").computed_at == counted
    waits = counted_until(scope=Scope.system(), workflows=WORKFLOWS, at=clock())
    assert waits == counted + timedelta(seconds=5)

    count_again(scope=Scope.system(), window=Window(), clock=clock)  # asked for
    assert not KpiDirty.objects.exists()
    assert KpiValue.objects.get(kpi="HELD", grain="facility").computed_at == clock()

    assert touched() == [date(2026, 3, 7)]
    clock.later(200)
    assert touched() == []
    assert KpiValue.objects.get(kpi="HELD", grain="facility").computed_at == clock()


@pytest.mark.django_db
def test_a_mark_that_waited_long_goes_before_newer_days() -> None:
    longer = STARVED + timedelta(seconds=1)
    for days, waited in ((5, longer), (9, STARVED * 2), (2, timedelta()), (3, STARVED)):
        KpiDirty.objects.create(
            workflow="claim",
            facility_id=1,
            bucket=date(2026, 3, 10) - timedelta(days=days),
            since=EVENING - waited,
        )
    order = []
    while waiting := set(KpiDirty.objects.values_list("bucket", flat=True)):
        recount_dirty(at=EVENING, limit=1)
        order += [each.day for each in waiting - set(KpiDirty.objects.values_list("bucket", flat=True))]
    assert order == [1, 5, 8, 7]
