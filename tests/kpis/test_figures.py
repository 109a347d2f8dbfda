"""What each measure counts, and what it leaves out."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from kpis.catalogue import HELD, K01, K02, K04, K07B, PHASES, Kpi
from kpis.catalogue.figure import Figure, Sums
from kpis.catalogue.kpi import Bands, Direction, Status, status_of
from kpis.queries.freshness import facilities_heard
from kpis.queries.live import live_figure, transactions_of
from kpis.queries.window import Window
from observability.accounts.scopes import Scope
from observability.core import clock
from tests.build import build_facility
from tests.kpis.build import MIDDAY, Ack, build_claim, build_first_billed, build_line

pytestmark = pytest.mark.django_db

AT = datetime(2026, 5, 1, tzinfo=UTC)
MARCH = Window(date(2026, 3, 1), date(2026, 4, 1))


def figure(
    kpi: Kpi, *, window: Window = MARCH, scope: Scope | None = None, payer: str | None = None
) -> Figure:
    return live_figure(scope=scope or Scope.system(), kpi=kpi, window=window, at=AT, payer=payer)


def rate(got: Figure) -> tuple[object, object]:
    return got.numerator, got.denominator


def classes(got: Figure) -> dict[str, tuple[object, int]]:
    return {name: (sums.numerator, sums.units) for name, sums in got.by_class.items()}


def test_denial_rate_counts_claims_denied_in_full_at_first() -> None:
    build_claim(first="denied", denied={"authorization": "1000"})
    build_claim(first="partly_denied", denied={"bundling": "50"})
    build_claim(first="paid")
    build_claim(first="zero_pay")
    build_claim()
    got = figure(K01)
    assert rate(got) == (1, 5)
    assert got.value == Decimal("0.2")
    assert got.measured("not_adjudicated") == 1
    assert got.immature


def test_the_charge_is_that_of_the_first_submission_whatever_a_replacement_was_sent_for() -> None:
    claim = build_claim(first="denied", amount="50", denied={"authorization": "100"})
    build_first_billed(claim, "100")
    assert rate(figure(K02)) == (100, 100)
    assert figure(PHASES).denominator == 50


def test_denial_rate_by_amount_counts_denied_amounts_over_gross_charges() -> None:
    claim = build_claim(first="denied", amount="1000", denied={"authorization": "40.10", "bundling": "9.90"})
    assert claim.first_outcome_event is not None
    event = claim.first_outcome_event
    build_line(claim, event_id=event, n=8, category="contractual", amount="950")
    build_line(claim, event_id=event, n=9, category="bundling", amount="7", basis="paid")
    build_claim(first="partly_denied", amount="500", denied={"bundling": "100"})
    build_claim(amount="1500")
    got = figure(K02)
    assert rate(got) == (50, 3000)
    assert got.measured("not_adjudicated") == 1500


def test_a_later_adjudication_does_not_change_the_first() -> None:
    claim = build_claim(first="denied", denied={"duplicate": "1000"}, outcome="paid", phase="completed")
    build_line(claim, event_id=claim.id, n=0, category="coding", amount="400")  # of another remittance
    assert figure(K01).numerator == 1
    assert figure(K02).numerator == 1000


@pytest.mark.parametrize("kpi", [K01, K02, K04])
def test_denials_leave_out_secondary_claims_and_replacements(kpi: Kpi) -> None:
    build_claim(first="denied", denied={"coding": "1000"}, variant="S")
    build_claim(first="denied", denied={"coding": "1000"}, original=False)
    got = figure(kpi)
    assert rate(got) == (0, 0)
    assert got.value is None


def test_a_sender_without_payer_sequence_sends_primary_claims() -> None:
    build_claim(first="paid", variant=None)
    assert figure(K01).denominator == 1


def test_nothing_to_divide_by_is_no_rate() -> None:
    assert figure(K01).value is None
    build_claim(amount=None)
    assert figure(K02).value is None


def test_days_are_those_of_the_facility() -> None:
    build_facility("TOKYO", zone="Asia/Tokyo")
    before_midnight_in_chicago = datetime(2026, 4, 1, 4, 59, tzinfo=UTC)
    build_claim(started=before_midnight_in_chicago)
    build_claim(started=before_midnight_in_chicago + timedelta(minutes=1))
    build_claim("TOKYO", started=datetime(2026, 2, 28, 15, tzinfo=UTC))
    build_claim("TOKYO", started=datetime(2026, 3, 31, 15, tzinfo=UTC))
    assert figure(K01).denominator == 2


@pytest.mark.parametrize(("day", "begins", "hours"), [(date(2026, 3, 8), 6, 23), (date(2026, 11, 1), 5, 25)])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(day: date, begins: int, hours: int) -> None:
    first = datetime(day.year, day.month, day.day, begins, tzinfo=UTC)  # midnight in Chicago
    after = first + timedelta(hours=hours)
    for moment in (first - timedelta(minutes=1), first, after - timedelta(minutes=1), after):
        build_claim(started=moment)
    assert figure(K01, window=Window.last(1, until=day)).denominator == 2


def test_nobody_was_heard_from_on_a_day_to_come() -> None:
    build_claim()
    build_claim(started=clock.now() + timedelta(days=3))  # an 835 announces its money
    (heard,) = facilities_heard(scope=Scope.system(), window=MARCH)
    assert heard.last_at == MIDDAY


def test_a_claim_without_a_submission_has_no_cohort() -> None:
    build_claim(started=None, first="paid")
    assert figure(K01, window=Window()).denominator == 0


def test_categories_split_amounts_and_count_each_claim_once_under_the_largest() -> None:
    build_claim(first="denied", denied={"authorization": "700", "coding": "300"})
    build_claim(first="partly_denied", denied={"coding": "100"})
    build_claim(first="partly_denied", denied={"bundling": "25", "duplicate": "25"})
    build_claim(first="paid", denied={"contractual": "400"})
    got = figure(K04)
    assert classes(got) == {
        "authorization": (700, 1),
        "coding": (400, 1),
        "bundling": (25, 1),
        "duplicate": (25, 0),
    }
    assert got.denominator == 1150
    assert got.whole.units == 3
    assert got.share("authorization") == Decimal(700) / 1150
    listed = transactions_of(scope=Scope.system(), kpi=K04, part="coding", window=MARCH, at=AT)
    assert sorted((int(row.counted), row.units) for row in listed) == [(100, 1), (300, 0)]


def test_acceptance_counts_final_claim_acknowledgements() -> None:
    build_claim(acks=[Ack("accepted"), Ack("accepted", level="999")])
    build_claim(acks=[Ack("accepted_with_errors")])
    build_claim(acks=[Ack("rejected")])
    build_claim(acks=[Ack("received"), Ack("pending")])
    build_claim(acks=[Ack("accepted", level="999")])
    build_claim(acks=[Ack("rejected", level="999")])
    build_claim(acks=[Ack("rejected", level="TA1")])
    build_claim(first="paid", acks=[Ack("rejected", level="999")])
    build_claim()
    got = figure(K07B)
    assert rate(got) == (2, 3)
    assert {name: sums.units for name, sums in got.by_class.items()} == {
        "accepted": 2,
        "rejected": 1,
        "pending": 2,
        "rejected_earlier": 2,
        "implied": 1,
        "unanswered": 1,
    }


def test_acceptance_takes_the_latest_submission_and_the_payer_over_the_clearinghouse() -> None:
    later = MIDDAY + timedelta(days=1)
    build_claim(acks=[Ack("rejected", superseded=True), Ack("accepted", at=later)])
    build_claim(acks=[Ack("accepted", entity="clearinghouse", at=later), Ack("rejected", entity="payer")])
    build_claim(acks=[Ack("rejected", at=MIDDAY), Ack("accepted", at=later)])
    build_claim(acks=[Ack("accepted", sequence=300), Ack("rejected", sequence=310)])
    got = figure(K07B)
    assert rate(got) == (2, 4)


def test_claims_by_phase_and_outcome() -> None:
    build_claim(phase="failed", first="denied")
    build_claim(phase="failed", outcome="rejected", variant="S", amount="5")
    build_claim(phase="completed", first="paid", original=False, amount=None)
    got = figure(PHASES)
    assert classes(got) == {
        "failed:denied": (1000, 1),
        "failed:rejected": (5, 1),
        "completed:paid": (0, 1),
    }
    assert got.part("failed") == Sums(Decimal(1005), Decimal(1005), 2)


def test_held_money_is_failed_or_late_and_kept_apart_by_workflow() -> None:
    build_claim(phase="failed", amount="100")
    build_claim(due=AT - timedelta(seconds=1), amount="20")
    build_claim(due=AT + timedelta(seconds=1), amount="3")
    build_claim(phase="completed", amount="4")
    build_claim(workflow="charge", phase="failed", amount="50", started=None)
    got = figure(HELD)
    assert classes(got) == {
        "claim:failed": (100, 1),
        "claim:late": (20, 1),
        "charge:failed": (50, 1),
    }
    assert got.part("claim").numerator == 120


@pytest.mark.parametrize("kpi", [K01, K02, K04, K07B, PHASES, HELD])
def test_a_stranger_counts_and_lists_nothing(kpi: Kpi) -> None:
    build_claim(first="denied", denied={"coding": "1000"}, phase="failed", acks=[Ack("accepted")])
    nobody = Scope(facility_ids=())
    other = Scope(facility_ids=(build_facility("SOUTH").pk,))
    for scope in (nobody, other):
        assert figure(kpi, scope=scope).by_class == {}
        assert transactions_of(scope=scope, kpi=kpi, part=None, window=MARCH, at=AT) == []
    assert figure(kpi).whole.units == 1


DOWN = Bands(Direction.DOWN, Decimal("0.05"), Decimal("0.10"), "x")
UP = Bands(Direction.UP, Decimal("0.97"), Decimal("0.93"), "x")


@pytest.mark.parametrize(
    ("bands", "value", "immature", "covered", "status"),
    [
        (DOWN, "0.05", False, True, Status.ON_TARGET),
        (DOWN, "0.0501", False, True, Status.AT_RISK),
        (DOWN, "0.10", False, True, Status.AT_RISK),
        (DOWN, "0.1001", False, True, Status.OFF_TARGET),
        (UP, "0.97", False, True, Status.ON_TARGET),
        (UP, "0.9699", False, True, Status.AT_RISK),
        (UP, "0.9299", False, True, Status.OFF_TARGET),
        (DOWN, "0.01", True, True, Status.INCOMPLETE),
        (DOWN, "0.01", False, False, Status.INCOMPLETE),
        (DOWN, "0.2", True, False, Status.OFF_TARGET),
        (DOWN, None, False, True, Status.INCOMPLETE),
        (None, "0.2", False, True, Status.NO_TARGET),
    ],
)
def test_status_says_on_target_only_of_the_whole_picture(
    bands: Bands | None, value: str | None, immature: bool, covered: bool, status: Status
) -> None:
    number = None if value is None else Decimal(value)
    assert status_of(bands, number, immature=immature, covered=covered) is status


def test_a_cohort_is_mature_when_nineteen_of_twenty_are_adjudicated() -> None:
    decided = Sums(Decimal(0), Decimal(19), 19)
    one, two = Sums(Decimal(0), Decimal(1), 1), Sums(Decimal(0), Decimal(2), 2)
    assert not Figure(K01, {"paid": decided, "not_adjudicated": one}).immature
    assert Figure(K01, {"paid": decided, "not_adjudicated": two}).immature
