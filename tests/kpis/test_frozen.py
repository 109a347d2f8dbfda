"""A day that lost a transaction to the purge keeps the figures it was counted with."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from kpis.catalogue import K01
from kpis.models import KpiDirty, KpiValue
from kpis.queries.live import live_figure
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from tests.build import build_user, sign_in
from tests.build.retention import purged
from tests.kpis.build import MIDDAY, build_change, build_claim, look
from tracing.models import KeptDay, PurgedDay

LATER = MIDDAY + timedelta(days=500)


def count() -> list[tuple[object, ...]]:
    count_again(scope=Scope.system(), window=Window(), clock=lambda: MIDDAY)
    values = KpiValue.objects.exclude(kpi="HELD").filter(grain="facility").order_by("kpi", "bucket")
    return list(values.values_list("kpi", "bucket", "numerator", "denominator"))


@pytest.mark.django_db
def test_a_frozen_day_is_not_counted_again_and_its_pages_say_so(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "days.yaml").write_text("classes: {transactions: 200}")
    settings.RETENTION_FILE = str(tmp_path / "days.yaml")
    gone = build_claim(first="denied", denied={"clinical": "1000"}, phase="failed")
    stays = build_claim(first="paid", phase="completed")
    type(stays).objects.filter(pk=stays.pk).update(last_at=LATER)
    before = count()
    assert before

    purged(LATER, "transactions")

    assert list(type(gone).objects.values_list("pk", flat=True)) == [stays.pk]
    assert count() == before
    assert not KpiDirty.objects.exists()
    reader = sign_in(Client(), build_user(role=Role.EXECUTIVE))
    for address in ("/kpis/K01/", "/kpis/K01/transactions/"):
        for first, lost in (("10", True), ("11", False)):
            page = reader.get(address, {"from": f"2026-03-{first}", "to": f"2026-03-{int(first) + 1}"})
            assert ("1 day lost purged transactions" in page.content.decode()) is lost


@pytest.mark.django_db
def test_a_transaction_waits_until_its_day_is_counted() -> None:
    claim = build_claim(first="paid", phase="completed")
    KpiDirty.objects.create(
        workflow="claim", facility_id=claim.facility_id or 0, bucket=MIDDAY.date(), since=MIDDAY
    )

    purged(LATER, "transactions")
    assert type(claim).objects.count() == 1

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kpi_dirty")
    purged(LATER + timedelta(days=1), "transactions")
    assert type(claim).objects.count() == 0


@pytest.mark.django_db
def test_a_transaction_waits_until_measures_know_who_left_its_day() -> None:
    gone = build_claim(first="paid", phase="completed")
    moved = build_claim("SOUTH", first="paid", phase="completed")
    build_change(moved, old=look(gone))

    purged(LATER, "transactions")
    assert set(type(gone).objects.values_list("pk", flat=True)) == {gone.pk, moved.pk}

    count()
    purged(LATER + timedelta(days=1), "transactions")
    assert not type(gone).objects.exists()


@pytest.mark.django_db
def test_a_beginning_that_moves_out_of_a_frozen_day_or_into_one_is_counted_once_where_it_was() -> None:
    """An event that is years late says that a claim was sent earlier, or that it was not sent on that day."""
    build_claim(first="denied", denied={"clinical": "1000"}, phase="failed")
    earlier, later = MIDDAY - timedelta(days=30), MIDDAY + timedelta(days=480)
    leaves = build_claim(first="paid", phase="completed")
    comes = build_claim(first="paid", phase="completed", started=earlier)
    claims = type(leaves).objects
    claims.filter(pk__in=[leaves.pk, comes.pk]).update(last_at=later)
    before = count()
    purged(LATER, "transactions")

    for claim, moment in ((leaves, earlier), (comes, MIDDAY)):
        was = look(claim)
        claim.started_at = moment
        claim.save(update_fields=["started_at"])
        build_change(claim, old=was)

    assert count() == before
    on_that_day, a_month_before = (
        Window.last(1, until=day.date()) for day in (MIDDAY, earlier)
    )  # what is listed behind the number, too
    live = [
        live_figure(scope=Scope.system(), kpi=K01, window=window, at=MIDDAY).denominator
        for window in (on_that_day, a_month_before)
    ]
    assert live == [1, 1]

    claims.filter(pk=comes.pk).update(first_outcome="zero_pay")
    build_change(comes, old=look(comes))
    count()
    assert KpiValue.objects.filter(kpi="K01", bucket=earlier.date(), dim_value="zero_pay").exists()

    claims.filter(pk=comes.pk).update(last_at=MIDDAY)
    purged(LATER + timedelta(days=1), "transactions")
    assert PurgedDay.objects.filter(day=earlier.date()).exists()
    assert list(KeptDay.objects.values_list("pk", flat=True)) == [leaves.pk]


@pytest.mark.django_db
def test_a_day_waits_until_measures_know_of_who_is_counted_there_and_begins_elsewhere() -> None:
    build_claim(first="denied", denied={"clinical": "1000"}, phase="failed")
    earlier, later = MIDDAY - timedelta(days=30), MIDDAY + timedelta(days=480)
    comes = build_claim(first="paid", phase="completed", started=earlier)
    goes = build_claim(first="paid", phase="completed", started=earlier)
    claims = type(comes).objects
    claims.filter(pk__in=[comes.pk, goes.pk]).update(last_at=later)
    count()
    purged(LATER, "transactions")
    was = look(comes)
    comes.started_at = MIDDAY
    comes.save(update_fields=["started_at"])
    build_change(comes, old=was)
    count()

    build_change(comes, old=look(comes))
    claims.filter(pk=goes.pk).update(last_at=MIDDAY)
    purged(LATER + timedelta(days=1), "transactions")
    assert claims.filter(pk=goes.pk).exists()

    count()
    purged(LATER + timedelta(days=2), "transactions")
    assert not claims.filter(pk=goes.pk).exists()
