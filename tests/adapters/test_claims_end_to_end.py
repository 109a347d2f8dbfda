"""Claim files through the connector, the REST edge and the drain: where each claim stands afterwards."""

from decimal import Decimal

import pytest

from tests.adapters.files import CHAIN, CORPORA, FIXTURES, needs_chain
from tests.adapters.through import connect
from tests.build import build_facility
from tests.correlation.rows import snapshot
from tests.ingest.posting import Poster
from tracing.models import Fact, FactLine, Orphan, Transaction

pytestmark = pytest.mark.django_db(transaction=True)
LARGE = 60_000  # bytes; two files repeat one template hundreds of times


def claims() -> dict[Decimal | None, Transaction]:
    return {one.amount: one for one in Transaction.objects.filter(workflow="claim")}


@needs_chain
def test_the_chain_ends_where_its_files_say(post: Poster) -> None:
    assert connect(post, CHAIN) == []
    found = claims()
    assert {amount: (one.phase, one.outcome, one.paid) for amount, one in found.items()} == {
        Decimal("300"): ("open", "paid", Decimal("170")),
        Decimal("450.5"): ("open", "partly_denied", Decimal("120")),
        Decimal("1200"): ("open", "paid", Decimal("700")),
        Decimal("42000"): ("open", "paid", Decimal("17000")),
    }
    assert found[Decimal("450.5")].denied == Decimal("200")
    # Two 277CA and two 835 sets, three and one claims: every answer met its claim.
    assert Fact.objects.filter(workflow="claim").count() == 12
    assert not found[Decimal("1200")].original


@needs_chain
def test_one_run_serves_two_hospitals_by_their_npi(post: Poster) -> None:
    connect(post, CHAIN)
    south = build_facility("SOUTH").pk
    there = Transaction.objects.filter(facility_id=south)
    assert set(there.values_list("workflow", "amount")) == {
        ("claim", Decimal("42000")),
        ("remittance", Decimal("17000")),
    }


@needs_chain
def test_running_again_changes_nothing_in_any_order(post: Poster) -> None:
    connect(post, CHAIN)
    before = sorted(Fact.objects.values_list("event_id", "transaction_id", "superseded"))
    stands = sorted(Transaction.objects.values_list("id", "phase", "outcome", "last_at"))
    connect(post, *sorted(CHAIN.iterdir(), reverse=True))
    assert sorted(Fact.objects.values_list("event_id", "transaction_id", "superseded")) == before
    assert sorted(Transaction.objects.values_list("id", "phase", "outcome", "last_at")) == stands


@needs_chain
def test_all_sample_files_go_with_what_is_readable_and_again_in_reverse_change_nothing(post: Poster) -> None:
    small = [file for file in sorted(CORPORA.glob("x12_*/*")) if file.stat().st_size < LARGE]
    told = connect(post, *small)
    assert not [
        line for line in told if line.split(":")[2].startswith(" rejected")
    ]  # the server refused nothing
    once = snapshot()
    assert connect(post, *reversed(small)) != []
    assert snapshot() == once


def test_a_999_reaches_every_claim_of_its_set_and_only_those(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12", FIXTURES / "acks.x12")
    acks = Fact.objects.filter(type="claim.acked.v1", attributes__level="999")
    assert acks.count() == 4  # the four claims of LAKESIDE/101/0001
    assert set(acks.values_list("outcome", "effect")) == {("accepted", "feeds")}
    assert Fact.objects.filter(attributes__level="TA1").count() == 4


def test_a_277ca_decides_the_claims_of_its_batch(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12", FIXTURES / "277ca.x12")
    found = claims()
    assert found[Decimal("180.50")].current_step == "acknowledged"
    assert found[Decimal("75")].phase == "failed"
    assert found[Decimal("75")].reason == "A7:562:85"
    assert found[Decimal("90")].current_step == "acknowledged"  # its line was rejected, it was not


def test_an_answer_to_a_provider_s_part_of_a_batch_rejects_its_claims_only(post: Poster) -> None:
    connect(post, FIXTURES / "277ca_batch.x12", FIXTURES / "837p_5010.x12")
    found = claims()
    assert {amount: one.reason for amount, one in found.items() if one.phase == "failed"} == dict.fromkeys(
        (Decimal("180.50"), Decimal("75"), Decimal("90")), "A3:24:85"
    )
    # Of the other provider the batch says only that it was received; the batch we never saw waits.
    received = Fact.objects.filter(attributes__whole="batch")
    assert (received.count(), set(received.values_list("outcome", flat=True))) == (4, {"received"})
    assert Orphan.objects.filter(bound=[]).count() == 1


def test_a_take_back_and_its_correction_end_as_corrected(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12", FIXTURES / "835.x12")
    replaced = claims()[Decimal("75")]
    assert (replaced.outcome, replaced.paid) == ("paid", Decimal("10"))  # 50 taken back, 60 paid


def test_a_payment_that_does_not_add_up_fails_apart_from_the_money_of_its_claims(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12", FIXTURES / "835_totals.x12")
    payments = Transaction.objects.filter(workflow="remittance").order_by("amount", "-outcome")
    assert [(one.amount, one.phase, one.outcome, one.paid) for one in payments] == [
        (Decimal("0"), "completed", "balanced", None),
        (Decimal("33.25"), "completed", "balanced", None),
        (Decimal("80"), "completed_with_errors", "unchecked", None),
        (Decimal("80"), "failed", "out_of_balance", None),
    ]
    kept = FactLine.objects.filter(basis="provider_adjustment").order_by("amount")
    assert [(line.code, line.amount) for line in kept] == [
        ("FB", Decimal(-100)), ("FB", Decimal(-5)), ("L6", Decimal("-3.25")), ("CS", Decimal(5)),
        ("WO", Decimal(50)), ("WO", Decimal(100)),
    ]  # fmt: skip
    assert claims()[Decimal("90")].paid == 0


def test_an_hour_is_the_facilitys_own(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12")
    (at,) = set(Fact.objects.filter(type="claim.submitted.v1").values_list("occurred_at", flat=True))
    assert at.isoformat() == "2026-03-02T15:15:33+00:00"  # 09:15:33 in Chicago


def test_a_claim_without_an_account_waits_for_none(post: Poster) -> None:
    connect(post, FIXTURES / "837p_5010.x12")
    assert set(Fact.objects.values_list("workflow", flat=True)) == {"claim"}
    assert not Orphan.objects.exists()
