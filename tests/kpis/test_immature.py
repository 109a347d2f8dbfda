"""A cohort that is not adjudicated yet is no fall of the denial rate: not in a trend, not in a comparison."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from kpis import charts
from kpis.catalogue.figure import Sums
from kpis.show import words
from kpis.show.read import Point
from observability.accounts.roles import Role
from tests.build import build_facility, build_user, sign_in
from tests.kpis.build import MIDDAY, build_claim
from tests.kpis.test_pages import count

DAY = date(2026, 3, 10)
MARCH = "from=2026-03-01&to=2026-04-01"


def point(denied: int, units: int, undecided: int) -> Point:
    return Point(DAY, Sums(Decimal(denied), Decimal(units), units), undecided)


def test_a_day_is_settled_once_no_more_than_a_twentieth_is_undecided() -> None:
    assert point(8, 100, 5).settled == Decimal("0.08")
    assert point(8, 100, 6).settled is None
    assert point(0, 0, 0).settled is None


def test_a_day_of_which_a_part_is_decided_says_how_far_it_is() -> None:
    assert point(2, 100, 60).so_far == Decimal("0.02")
    assert point(2, 100, 60).decided_share == Decimal("0.4")
    assert point(0, 100, 100).so_far is None
    assert point(8, 100, 0).so_far is None


def test_an_immature_rate_is_not_compared_with_a_mature_one() -> None:
    assert words.change(Decimal("0.08"), Decimal("0.09"), 30, immature=False) == (
        "−1.0 pts on the 30 days before"
    )
    said = words.change(Decimal("0.08"), Decimal("0.09"), 30, immature=True)
    assert said == "9.0 % in the 30 days before; too early to compare"


def drawn(so_far: Sequence[Decimal | None], *values: str) -> charts.Figure:
    rates = [Decimal(value) for value in values]
    days = [DAY + timedelta(days=n) for n in range(len(rates))]
    return charts.rate(days, rates, so_far, target=Decimal("0.05"), words=None)


def test_what_is_known_so_far_stands_off_the_line_as_hollow_points() -> None:
    figure = drawn([None, Decimal("0.02")], "0.08", "0.07")
    line, hollow = figure["data"][:2]
    assert line["y"] == [8.0, 7.0]
    assert (hollow["mode"], hollow["y"]) == ("markers", [None, 2.0])
    assert len(drawn([None, None], "0.08", "0.07")["data"]) == 2


def test_a_rate_near_all_of_them_is_not_drawn_from_nothing() -> None:
    near_all = charts.rate([DAY], [Decimal("0.98")], [None], target=Decimal("0.97"), words=None)
    assert "rangemode" not in near_all["layout"]["yaxis"]
    assert drawn([None], "0.08")["layout"]["yaxis"]["rangemode"] == "tozero"


@pytest.mark.django_db
def test_the_board_and_the_measure_leave_an_undecided_day_out_of_the_trend(client: Client) -> None:
    build_facility("NORTH")
    sign_in(client, build_user(role=Role.EXECUTIVE, at=("NORTH",)))
    build_claim("NORTH", first="denied", denied={"coding": "300"}, phase="failed")
    build_claim("NORTH", started=MIDDAY + timedelta(days=9))
    for n in range(16):
        build_claim("NORTH", first="paid", started=MIDDAY - timedelta(days=20 + n))
    count()

    board = unescape(client.get(f"/?{MARCH}").content.decode())
    assert "31 days, last 100.0 %; 1 with claims not adjudicated yet are left out" in board
    assert "0.0 % in the 31 days before; too early to compare" in board
    assert "50.0\xa0% of claims are denied at first so far" in board
    shown = unescape(client.get(f"/kpis/K01/?{MARCH}").content.decode())
    assert "hollow: less than 95 % adjudicated" in shown
    assert "Adjudicated</th>" in shown
    assert re.search(r"50\.0.% of claims</span> so far, target", shown)


@pytest.mark.django_db
def test_a_period_of_which_most_days_hold_nothing_is_no_comparison(client: Client) -> None:
    build_facility("NORTH")
    sign_in(client, build_user(role=Role.EXECUTIVE, at=("NORTH",)))
    build_claim("NORTH", first="denied", denied={"coding": "300"}, phase="failed")
    for n in range(15):
        build_claim("NORTH", first="paid", started=MIDDAY - timedelta(days=20 + n))
    count()
    assert "days before" not in client.get(f"/?{MARCH}").content.decode()

    build_claim("NORTH", first="paid", started=MIDDAY - timedelta(days=35))
    count()
    assert "pts on the 31 days before" in unescape(client.get(f"/?{MARCH}").content.decode())
