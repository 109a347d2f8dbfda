"""Two claims that are one count as one from the merge on, at every level, and as two once it is undone."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kpis.catalogue import COHORT_KPIS
from kpis.catalogue.figure import Figure, Sums
from kpis.queries.live import live_figure, transactions_of
from kpis.queries.values import stored_by_day, stored_by_facility, stored_by_payer
from kpis.queries.window import Window
from kpis.rollup.consume import consume_changes
from kpis.rollup.recount import recount_dirty
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tests.build import build_facility
from tests.build.claims import NPI, acked, denied, event, remitted, submitted
from tests.ingest.posting import Poster, poster
from tracing.models import KeyAlias, Transaction
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)
DAY = datetime(2026, 3, 2, 18, tzinfo=UTC)  # noon in Chicago
MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))
Figures = dict[str, tuple[object, ...]]  # numerator, denominator, units


def sent(post: Poster, *events: dict[str, object]) -> None:
    """Post events, and bring the stored figures up to date."""
    assert post.events(list(events)).status_code == 200
    while drain(seconds=30):
        pass
    while consume_changes().changes or recount_dirty(at=now(), rest_seconds=0):
        pass  # only what the changes name is counted again


def figures() -> Figures:
    """Return numerator, denominator and units of each measure: the same however they are asked for."""
    at = now()
    found: Figures = {}
    for kpi in COHORT_KPIS:
        live = live_figure(scope=Scope.system(), kpi=kpi, window=MARCH, at=at)
        rows = stored_by_facility(scope=Scope.system(), kpis=[kpi], window=MARCH)
        assert Figure.of(kpi, ((row.name, row.sums) for row in rows)).by_class == live.by_class
        whole = live.whole
        ways: list[list[Sums]] = [
            [
                live_figure(
                    scope=Scope(facility_ids=(build_facility(code).pk,)), kpi=kpi, window=MARCH, at=at
                ).whole
                for code in ("NORTH", "SOUTH")
            ],
            [row.sums for row in stored_by_payer(scope=Scope.system(), kpi=kpi, window=MARCH)],
            [
                Sums(day.numerator, day.denominator, day.units)
                for day in stored_by_day(scope=Scope.system(), kpis=[kpi], window=MARCH)
            ],
        ]
        for sums in ways:
            added = tuple(
                sum(getattr(each, name) for each in sums) for name in ("numerator", "denominator", "units")
            )
            assert added == (whole.numerator, whole.denominator, whole.units), kpi.key
        listed = transactions_of(scope=Scope.system(), kpi=kpi, part=None, window=MARCH, at=at)
        assert len(listed) == whole.units
        found[kpi.key] = (whole.numerator, whole.denominator, whole.units)
    return found


def test_figures_after_a_merge_and_its_undoing_are_those_of_what_stands() -> None:
    post = poster("clearinghouse", facilities=("NORTH", "SOUTH"))
    sent(
        post,
        submitted("C1", DAY, facility="NORTH"),
        denied("C1", DAY + timedelta(days=2), facility="NORTH"),
        submitted("C2", DAY + timedelta(days=1), amount="200.00", facility="NORTH"),
        acked("C2", DAY + timedelta(days=1, hours=1), facility="NORTH"),
        submitted("C3", DAY, amount="70.00", facility="SOUTH"),
        remitted("C3", DAY + timedelta(days=3), facility="SOUTH"),
    )
    apart = figures()
    assert apart["K01"] == (1, 3, 3)
    assert apart["K02"] == (300, 770, 3)

    sent(
        post,
        event(
            "key.merged", {"kind": "claim", "old": "C1", "new": "C2", "issuer": NPI, "facility": "NORTH"}, DAY
        ),
    )
    as_one = figures()
    assert Transaction.objects.filter(workflow="claim").count() == 2
    assert as_one["K01"] == (1, 2, 2)
    assert as_one["PHASES"][2] == 2
    assert KeyAlias.objects.exists()

    merge = f"key.merged--NORTH-0-{DAY.isoformat()}"
    sent(post, event("key.restored", {"undoes": merge, "facility": "NORTH"}, DAY))
    assert figures() == apart
