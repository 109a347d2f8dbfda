"""Measures by region and network: the facilities that belonged there on each day, the same at every level."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from integrations.models import Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from integrations.reference.keeping import end_place
from kpis.catalogue import HELD, K01
from kpis.queries.live import live_figure, transactions_of
from kpis.queries.values import standing, stored_by_day, stored_by_facility
from kpis.queries.window import Window
from kpis.rollup.catch_up import count_again
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from tests.build import build_facility, build_user, sign_in
from tests.kpis.build import MIDDAY, build_claim

pytestmark = pytest.mark.django_db
EVERYONE = Scope.system()
AT = datetime(2026, 5, 1, tzinfo=UTC)
MOVED = date(2026, 3, 10)


@pytest.fixture
def west() -> Place:
    """A region: NORTH for good, SOUTH until the day before it moves. Claims of both on each of two days."""
    west = add_place(PlaceKind.REGION, "WEST", "Western region", by=None, at=AT)
    for code, until in (("NORTH", None), ("SOUTH", MOVED - timedelta(days=1)), ("EAST", None)):
        build_facility(code)
        if code != "EAST":
            home = Place.objects.get(kind=PlaceKind.FACILITY, code=code)
            belong(home, to=west, until=until, by=None, at=AT, reason="as of a test")
        for day in (MIDDAY - timedelta(days=1), MIDDAY):
            build_claim(code, started=day, first="paid")
            build_claim(code, started=day, first="denied", phase="failed", due=day)
    count_again(scope=EVERYONE, window=Window(date(2026, 3, 1), date(2026, 4, 1)), clock=lambda: AT)
    return west


def test_a_region_counts_each_facility_on_the_days_on_which_it_belonged_there(west: Place) -> None:
    march = Window(date(2026, 3, 1), date(2026, 4, 1), west.pk)

    rows = stored_by_facility(scope=EVERYONE, kpis=[K01], window=march)
    units = {code: sum(r.units for r in rows if r.facility_id == build_facility(code).pk) for code in
             ("NORTH", "SOUTH", "EAST")}  # fmt: skip
    assert units == {"NORTH": 4, "SOUTH": 2, "EAST": 0}
    days = {day.day: day.units for day in stored_by_day(scope=EVERYONE, kpis=[K01], window=march)}
    assert days == {MOVED - timedelta(days=1): 4, MOVED: 2}
    live = live_figure(scope=EVERYONE, kpi=K01, window=march, at=AT).whole
    assert (live.units, live.numerator) == (6, sum(row.numerator for row in rows))
    assert len(transactions_of(scope=EVERYONE, kpi=K01, part=None, window=march, at=AT)) == 6


def test_what_stands_still_is_that_of_who_belongs_there_today(west: Place) -> None:
    held = standing(scope=EVERYONE, version=HELD.version, window=Window(place=west.pk))

    assert {row.facility_id for row in held} == {build_facility("NORTH").pk}
    live = live_figure(scope=EVERYONE, kpi=HELD, window=Window(place=west.pk), at=AT).whole
    assert live.units == sum(row.units for row in held if row.grain == "part") == 2


def test_a_page_of_a_region_shows_ones_own_facilities_only_and_its_list_the_same_number(west: Place) -> None:
    days = "from=2026-03-01&to=2026-04-01"
    whole = sign_in(Client(), build_user("whole", role=Role.EXECUTIVE, at=("NORTH", "SOUTH", "EAST")))
    south = sign_in(Client(), build_user("south", role=Role.EXECUTIVE, at=("SOUTH",)))
    east = sign_in(Client(), build_user("east", role=Role.EXECUTIVE, at=("EAST",)))

    page = read(whole, f"/kpis/K01/?facility=WEST&{days}")
    assert "Denied in full at first 3 claims First submitted 6 claims" in page
    assert "2 of 2 facilities heard from" in page
    listed = whole.get(f"/kpis/K01/transactions/?facility=WEST&{days}").content.decode()
    assert len(set(re.findall(r'href="(/transactions/[0-9a-f-]{36}/)"', listed))) == 6
    assert "Western region" in listed
    assert "First submitted 2 claims" in read(south, f"/kpis/K01/?facility=WEST&{days}")
    assert east.get(f"/kpis/K01/?facility=WEST&{days}").status_code == 404


def test_nobody_waits_for_a_facility_that_was_closed_before(west: Place) -> None:
    home = Place.objects.get(facility=build_facility("HILL"))
    someone = sign_in(Client(), build_user("someone", role=Role.EXECUTIVE, at=("NORTH", "EAST", "HILL")))
    address = "/kpis/K01/?from=2026-03-01&to=2026-04-01"

    assert "2 of 3 facilities heard from" in read(someone, address)
    end_place(home, last=date(2026, 3, 1), by=None, at=AT, reason="as of a test")
    assert "2 of 3 facilities heard from" in read(someone, address)
    end_place(home, last=date(2026, 2, 28), by=None, at=AT, reason="as of a test")
    assert "2 of 2 facilities heard from" in read(someone, address)
    assert "was not heard from" in read(someone, f"{address}&facility=HILL")


def read(client: Client, address: str) -> str:
    """Return what somebody reads on a page."""
    said = client.get(address).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", said))
