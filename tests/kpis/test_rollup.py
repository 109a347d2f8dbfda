"""Stored figures equal the live ones at each level, and no change is lost on the way."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from kpis.catalogue import COHORT_KPIS, HELD, K01, Kpi
from kpis.catalogue.categories import denial_categories
from kpis.catalogue.figure import Figure, Sums
from kpis.models import KpiDirty, KpiValue
from kpis.queries.buckets import CLAIM_DIRTY
from kpis.queries.freshness import counted_until
from kpis.queries.live import figure_sums, live_figure, transactions_of
from kpis.queries.values import standing, stored_by_day, stored_by_facility, stored_by_payer
from kpis.queries.window import Window
from kpis.rollup.catch_up import catch_up
from kpis.rollup.consume import WORKFLOWS, consume_changes
from kpis.rollup.recount import Dirty, claim_params, mark_for_recount, recount_dirty
from kpis.rollup.snapshot import take_snapshot
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tests.build import build_facility
from tests.kpis.build import MIDDAY, Ack, build_change, build_claim, look
from tracing.models import Change, Transaction

AT = datetime(2026, 5, 1, tzinfo=UTC)
MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))
EVERYONE = Scope.system()


def build_month() -> list[Transaction]:
    """Two facilities, three payers, every outcome, some days; each claim with its change."""
    build_facility("TOKYO", zone="Asia/Tokyo")
    firsts = ["denied", "partly_denied", "paid", "zero_pay", None]
    answers = [[Ack("accepted")], [Ack("rejected")], [Ack("rejected", level="999")], [Ack("pending")], []]
    categories = list(denial_categories())
    claims = []
    for n in range(60):
        first = firsts[n % 5]
        denied = {categories[n % 7]: str(10 + n), categories[n % 3]: "0.25"} if first else None
        claims.append(
            build_claim(
                ["NORTH", "TOKYO", "SOUTH"][n % 3],
                started=MIDDAY + timedelta(hours=7 * n - 200),
                first=first,
                amount=f"{100 + n}.10",
                denied=denied if first in ("denied", "partly_denied") else None,
                acks=answers[n % 4],
                payer=[None, "AETNA", "CIGNA"][n % 3],
                variant="S" if n % 11 == 0 else "P",
                phase="failed" if first == "denied" else "open",
                due=AT - timedelta(days=1) if n % 2 else None,
            )
        )
    for claim in claims:
        build_change(claim)
    return claims


def follow_up() -> None:
    """Consume and recount until nothing waits."""
    while consume_changes(limit=7).changes:
        pass
    while recount_dirty(at=AT, limit=5):
        pass


@pytest.mark.django_db
@pytest.mark.parametrize("kpi", COHORT_KPIS, ids=lambda kpi: kpi.key)
def test_board_facilities_payers_days_and_list_show_the_same_number(kpi: Kpi) -> None:
    build_month()
    follow_up()
    live = live_figure(scope=EVERYONE, kpi=kpi, window=MARCH, at=AT)
    stored = stored_by_facility(scope=EVERYONE, kpis=[kpi], window=MARCH)
    assert live.whole.units > 0
    assert Figure.of(kpi, ((row.name, row.sums) for row in stored)).by_class == live.by_class

    by_facility = figure_sums(scope=EVERYONE, kpi=kpi, window=MARCH, at=AT)
    assert {(r.facility_id, r.part): r.sums for r in by_facility} == {
        (r.facility_id, r.name): r.sums for r in stored
    }
    payers = stored_by_payer(scope=EVERYONE, kpi=kpi, window=MARCH)
    assert sum((row.sums for row in payers), Sums()) == live.whole
    aetna = live_figure(scope=EVERYONE, kpi=kpi, window=MARCH, at=AT, payer="AETNA").whole
    assert sum((row.sums for row in payers if row.name == "AETNA"), Sums()) == aetna
    days = stored_by_day(scope=EVERYONE, kpis=[kpi], window=MARCH)
    assert sum((Sums(d.numerator, d.denominator, d.units) for d in days), Sums()) == live.whole
    for day in days:  # what stands for a day is what its parts add up to
        that = Window(day.day, day.day + timedelta(days=1))
        parts = stored_by_facility(scope=EVERYONE, kpis=[kpi], window=that)
        assert sum((row.sums for row in parts), Sums()) == Sums(day.numerator, day.denominator, day.units)
        assert sum(row.units for row in parts if row.name == kpi.open_class) == day.undecided

    undecided = live.part(kpi.open_class).units if kpi.open_class else 0
    assert sum(d.undecided for d in days) == undecided

    for part in live.by_class:
        listed = transactions_of(scope=EVERYONE, kpi=kpi, part=part, window=MARCH, at=AT, limit=500)
        assert sum(row.counted for row in listed) == live.part(part).numerator
        if kpi.key != "K04":  # there a claim stands in each of its categories
            assert len(listed) == live.part(part).units
    everything = transactions_of(scope=EVERYONE, kpi=kpi, part=None, window=MARCH, at=AT, limit=500)
    assert len({row.id for row in everything}) == len(everything) == live.whole.units


@pytest.mark.django_db
def test_numerator_and_denominator_lists_hold_exactly_what_they_count() -> None:
    build_month()
    got = live_figure(scope=EVERYONE, kpi=K01, window=MARCH, at=AT)
    for part, number in (("numerator", got.numerator), ("denominator", got.denominator)):
        listed = transactions_of(scope=EVERYONE, kpi=K01, part=part, window=MARCH, at=AT, limit=500)
        assert len(listed) == number


@pytest.mark.django_db
def test_the_snapshot_equals_the_live_figure_and_marks_every_facility() -> None:
    build_month()
    quiet = build_facility("QUIET").pk
    take_snapshot(at=AT - timedelta(minutes=1))
    take_snapshot(at=AT)
    rows = standing(scope=EVERYONE, version=HELD.version, window=Window())
    live = live_figure(scope=EVERYONE, kpi=HELD, window=Window(), at=AT)
    assert Figure.of(HELD, ((r.name, r.sums) for r in rows if r.grain == "part")).by_class == live.by_class
    assert live.part("claim:late").units > 0
    assert {r.facility_id for r in rows if r.grain == "facility"} >= {quiet}
    assert {r.computed_at for r in rows} == {AT}


@pytest.mark.django_db
def test_a_claim_that_moves_leaves_its_old_bucket() -> None:
    claim = build_claim(started=MIDDAY, first="denied", denied={"coding": "1"})
    build_change(claim)
    follow_up()
    before = look(claim)
    claim.started_at = MIDDAY - timedelta(days=3)
    claim.save()
    build_change(claim, old=before)
    follow_up()
    days = KpiValue.objects.filter(kpi="K01", grain="facility").values_list("bucket", "numerator")
    assert list(days) == [(date(2026, 3, 7), Decimal(1))]


@pytest.mark.django_db
def test_a_claim_that_goes_away_is_no_longer_counted() -> None:
    claim = build_claim(first="paid")
    build_change(claim)
    follow_up()
    assert KpiValue.objects.filter(kpi="K01").exists()
    Change.objects.create(transaction_id=claim.id, workflow="claim", at=AT, old=look(claim), new=None)
    claim.delete()
    follow_up()
    assert not KpiValue.objects.filter(kpi="K01").exists()


@pytest.mark.django_db
def test_buckets_are_marked_once_with_the_oldest_change_and_counted_newest_first() -> None:
    for days in (0, 1, 1, 5):
        build_change(build_claim(started=MIDDAY - timedelta(days=days)), at=AT - timedelta(minutes=days))
    assert consume_changes(limit=100).buckets == 3
    assert KpiDirty.objects.get(bucket=date(2026, 3, 9)).since == AT - timedelta(minutes=1)
    assert recount_dirty(at=AT, limit=1) == 1
    assert sorted(KpiDirty.objects.values_list("bucket", flat=True)) == [date(2026, 3, 5), date(2026, 3, 9)]


@pytest.mark.django_db
def test_as_of_is_the_oldest_thing_that_waits() -> None:
    def as_of() -> datetime:
        return counted_until(scope=EVERYONE, workflows=WORKFLOWS, at=AT)

    assert as_of() == AT
    build_change(build_claim(), at=AT - timedelta(minutes=2))
    build_change(build_claim(started=MIDDAY - timedelta(days=1)), at=AT - timedelta(minutes=1))
    assert as_of() == AT - timedelta(minutes=2)
    consume_changes(limit=1)
    assert as_of() == AT - timedelta(minutes=2)
    recount_dirty(at=AT)
    assert as_of() == AT - timedelta(minutes=1)
    follow_up()
    assert as_of() == AT


@pytest.mark.django_db
def test_recount_on_request_repairs_stored_values_from_the_facts() -> None:
    build_month()
    follow_up()
    fields = ("kpi", "bucket", "grain", "facility_id", "dim_value", "numerator")
    good = sorted(KpiValue.objects.values_list(*fields))
    KpiValue.objects.filter(kpi="K01").update(numerator=99)
    KpiValue.objects.filter(kpi="K02").delete()
    stray = KpiValue.objects.create(
        kpi="K04", version=1, bucket=date(2026, 3, 1), grain="part", facility_id=build_facility().pk,
        dim_value="coding", numerator=1, denominator=1, counts={"units": 1}, computed_at=AT,
    )  # fmt: skip
    mark_for_recount(scope=EVERYONE, window=Window(), at=AT)
    follow_up()
    assert not KpiValue.objects.filter(pk=stray.pk).exists()
    assert sorted(KpiValue.objects.values_list(*fields)) == good


@pytest.mark.django_db
def test_one_pass_does_it_all_and_says_what_it_did() -> None:
    build_month()
    ticks = (AT + timedelta(milliseconds=n) for n in range(1000))
    done = catch_up(at=AT, clock=lambda: next(ticks))
    assert (done.changes, done.snapshot, Change.objects.count(), KpiDirty.objects.count()) == (60, True, 0, 0)
    again = catch_up(at=AT, clock=lambda: next(ticks))
    assert (again.changes, again.buckets, again.snapshot) == (0, 0, False)


@pytest.mark.django_db
def test_a_pass_yields_when_its_time_is_over_and_loses_nothing() -> None:
    build_month()
    late = AT + timedelta(hours=1)
    assert catch_up(at=AT, clock=lambda: late).changes == 0
    assert Change.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_a_change_during_a_recount_marks_its_bucket_anew() -> None:
    first = build_claim(first="denied", denied={"coding": "1"})
    build_change(first)
    consume_changes(limit=10)
    second = build_claim(first="denied", denied={"coding": "1"})
    build_change(second, at=AT)
    consumed = threading.Event()

    def consume_meanwhile() -> None:
        try:
            consume_changes(limit=10)
            consumed.set()
        finally:
            connection.close()

    other = threading.Thread(target=consume_meanwhile)
    with transaction.atomic():
        fetch_all(Dirty, CLAIM_DIRTY, claim_params(at=AT, limit=10, rest_seconds=0))  # how a recount begins
        Transaction.objects.filter(pk=second.pk).delete()  # as if its drain had not committed yet
        other.start()
        # It must wait for the mark that the recount holds: seeing it there already, it would mark nothing.
        assert not consumed.wait(0.5)
        recount_dirty(at=AT)
        second.save(force_insert=True)
    other.join(30)
    assert consumed.is_set()
    assert KpiDirty.objects.get().since == AT
    recount_dirty(at=AT)
    assert KpiValue.objects.get(kpi="K01", grain="facility").numerator == 2


@pytest.mark.django_db(transaction=True)
def test_two_consumers_and_two_recounters_share_the_work_without_losing_any() -> None:
    build_month()
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while consume_changes(limit=3).changes:
                recount_dirty(at=AT, limit=2)
            while recount_dirty(at=AT, limit=2):
                pass
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures == []
    follow_up()
    for kpi in COHORT_KPIS:
        live = live_figure(scope=EVERYONE, kpi=kpi, window=MARCH, at=AT)
        stored = stored_by_facility(scope=EVERYONE, kpis=[kpi], window=MARCH)
        assert Figure.of(kpi, ((r.name, r.sums) for r in stored)).by_class == live.by_class
