"""Nothing moves out of a day that cannot be counted again, nor into one: sums over both facilities hold."""

from datetime import date
from typing import NamedTuple

import pytest

from kpis.catalogue import K07B
from kpis.queries.values import stored_by_facility
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.scopes import Scope
from observability.core import clock
from observability.core.db_roles import purging
from tests.build import build_facility
from tests.crosswalk.mapping import means, post, walk
from tests.ingest.posting import Poster
from tracing.models import PurgedDay, Remap, Transaction
from tracing.storage import remap

pytestmark = pytest.mark.django_db(transaction=True)
MARCH = Window(date(2026, 2, 1), date(2026, 4, 1))


class Counted(NamedTuple):
    """Units of a measure."""

    north: int
    south: int


def counted() -> Counted:
    """Count what may be counted, and return the claims by facility."""
    count_again(scope=Scope.system(), window=MARCH, clock=clock.now)
    rows = stored_by_facility(scope=Scope.system(), kpis=[K07B], window=MARCH)
    north, south = (
        sum(row.units for row in rows if row.facility_id == build_facility(code).pk)
        for code in ("NORTH", "SOUTH")
    )
    return Counted(north, south)


def freeze(code: str, day: date) -> None:
    """Leave of a day what the purge of another claim does."""
    with purging():
        PurgedDay.objects.create(
            workflow="claim", facility_id=build_facility(code).pk, day=day, transactions=1
        )


# The claims began at 21:00 on the first of March in Chicago, at 19:00 in Los Angeles.
@pytest.mark.parametrize("code", ["NORTH", "SOUTH"])
def test_a_claim_stays_where_its_day_or_the_one_it_would_go_to_is_frozen(code: str, shared: Poster) -> None:
    post(shared)
    before = counted()
    assert before == (3, 0)
    freeze(code, date(2026, 3, 1))

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()

    assert Remap.objects.get().refused == {"frozen_day": 6}
    assert counted() == before
    assert set(Transaction.objects.values_list("workflow", "facility_id")) == {
        ("claim", build_facility("NORTH").pk), ("discharge_to_billing", build_facility("SOUTH").pk)
    }  # fmt: skip


def test_a_claim_moves_where_another_day_is_frozen_and_the_sum_holds(shared: Poster) -> None:
    post(shared)
    counted()
    freeze("NORTH", date(2026, 3, 2))
    freeze("SOUTH", date(2026, 2, 28))

    remap.decide(means("SOUTH"), by=None, at=clock.now())
    walk()

    assert Remap.objects.get().refused == {}
    assert counted() == (1, 2)
