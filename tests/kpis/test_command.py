"""`manage.py kpis`: measures for people in a shell and for machines."""

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kpis.catalogue import KPIS
from kpis.models import KpiValue
from tests.build import build_facility
from tests.kpis.build import MIDDAY, Ack, build_claim

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("kpis", *words, stdout=out)
    return out.getvalue()


def told(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_show_tells_machines_the_figure_and_where_it_comes_from() -> None:
    build_claim(first="denied", denied={"coding": "1000"})
    build_claim(first="paid")
    build_claim(amount="500.50")
    got = told("show", "K01", "--from", "2026-03-01", "--to", "2026-04-01")
    assert (got["numerator"], got["denominator"], got["version"]) == (1, 3, 1)
    assert got["value"] == pytest.approx(1 / 3)
    assert (got["immature"], got["not_adjudicated"], got["status"]) == (True, 1, "off_target")
    assert (got["from"], got["to"]) == ("2026-03-01", "2026-04-01")
    assert datetime.fromisoformat(got["as_of"]).tzinfo == UTC
    assert got["coverage"] == {"heard": 1, "facilities": 1}
    by_amount = told("show", "k02")
    assert (by_amount["numerator"], by_amount["denominator"]) == (1000, 2500.5)
    assert by_amount["not_adjudicated"] == 500.5


def test_without_claims_the_value_is_null() -> None:
    got = told("show", "K01")
    assert (got["numerator"], got["denominator"], got["value"], got["status"]) == (0, 0, None, "incomplete")


def test_days_are_half_open() -> None:
    build_claim(started=MIDDAY)
    assert told("show", "K01", "--from", "2026-03-10", "--to", "2026-03-11")["denominator"] == 1
    assert told("show", "K01", "--from", "2026-03-09", "--to", "2026-03-10")["denominator"] == 0


def test_one_facility_or_several() -> None:
    build_claim("NORTH")
    build_claim("SOUTH")
    build_facility("EAST")
    assert told("show", "K01", "--facility", "NORTH")["denominator"] == 1
    both = told("show", "K01", "--facility", "NORTH", "--facility", "EAST")
    assert (both["denominator"], both["coverage"]) == (1, {"heard": 1, "facilities": 2})


def test_categories_acceptance_and_held_money_come_in_parts() -> None:
    build_claim(first="partly_denied", denied={"coding": "75", "bundling": "25"}, acks=[Ack("accepted")])
    build_claim(phase="failed", acks=[Ack("received")])
    assert told("show", "K04")["parts"]["coding"] == {"amount": 75, "claims": 1, "share": 0.75}
    acceptance = told("show", "K07b")
    assert (acceptance["numerator"], acceptance["denominator"]) == (1, 1)
    assert acceptance["parts"]["pending"] == 1
    held = told("show", "HELD")
    assert held["parts"] == {"claim:failed": {"amount": 1000, "transactions": 1}}
    assert (held["numerator"], held["value"]) == (None, None)


@pytest.mark.parametrize("key", KPIS)
def test_every_measure_is_shown_in_words(key: str) -> None:
    build_claim(first="denied", denied={"coding": "1000"}, acks=[Ack("rejected")])
    said = run("show", key)
    assert KPIS[key].title in said
    assert "heard from 1 of 1 facilities" in said


def test_list_has_every_definition() -> None:
    assert [one["kpi"] for one in told("list")] == list(KPIS)
    assert "K01b: by cohort of first submission" in run("list")


def test_recompute_fills_the_stored_figures_from_the_facts() -> None:
    build_claim(first="denied", denied={"coding": "1000"})
    assert told("recompute") == {"buckets": 1}
    assert KpiValue.objects.get(kpi="K01", grain="facility").numerator == 1
    assert KpiValue.objects.filter(kpi="HELD", grain="facility").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "K99"], "There is no measure K99"),
        (["show", "K01", "--facility", "NOWHERE"], "There is no facility NOWHERE"),
        (["show", "K01", "--from", "March"], "March is no day"),
    ],
)
def test_what_is_not_there_is_said_plainly(words: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(*words)
