"""What a claim has come to, through the real pass over PostgreSQL."""

from datetime import timedelta
from decimal import Decimal

import pytest

from integrations.ingest import records
from integrations.ingest.records import Line
from integrations.models import ConnectorActivity
from tests.correlation.speech import Said, at, received
from tracing.models import Deadline, Fact, Orphan, Step, Transaction
from tracing.storage import sweep
from tracing.storage.apply import apply

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facility")]


def tell(*said: Said) -> None:
    """Apply these events in one pass."""
    apply([received(*said)], at=at(1_000))


def submitted(
    name: str = "s1", *, hours: float = 0, frequency: str = "1", claim: str = "C1/P", **more: object
) -> Said:
    """A submission of the claim."""
    return Said(
        name, claim, "submitted", hours, sequence=100, amount="300.00", basis="gross",
        attributes={"payer_sequence": "P", "frequency": frequency}, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def remit(
    name: str, *, hours: float, paid: str, denied: str | None = None, claim: str = "C1/P", status: str = "1"
) -> Said:
    """A remittance that pays, and denies for want of authorisation (197)."""
    lines = (Line("", "CO", "197", "adjustment", denied, None),) if denied else ()
    return Said(
        name, "C1/P", "adjudicated", hours, type="remit.received.v1", sequence=400, amount=paid, basis="paid",
        attributes={"claim_status": status, "billed": "300.00"}, lines=lines,
    )  # fmt: skip


def acked(name: str, claim: str | None, *, hours: float, outcome: str = "accepted", **more: object) -> Said:
    """An acknowledgement, accepting or rejecting."""
    effect = "fails" if outcome == "rejected" else "completes"
    return Said(name, claim, "acknowledged", hours, effect, type="claim.acked.v1", outcome=outcome, **more)  # type: ignore[arg-type]


def steps() -> dict[str, str]:
    """Return the status of each step of the one transaction."""
    return dict(Step.objects.values_list("step", "status"))


def test_a_submitted_claim_waits_for_its_acknowledgement() -> None:
    tell(submitted())

    txn = Transaction.objects.get()
    assert (txn.phase, txn.current_step, txn.variant) == ("open", "submitted", "P")
    assert txn.amount == Decimal(300)
    assert txn.started_at is not None
    deadline = Deadline.objects.get()
    assert deadline.step == "acknowledged"
    assert (deadline.due_at - txn.started_at).total_seconds() == 48 * 3600


def test_a_full_denial_leaves_the_claim_failed_and_a_remittance_implies_acceptance() -> None:
    tell(submitted(), remit("r1", hours=200, paid="0", denied="300.00"))

    txn = Transaction.objects.get()
    assert (txn.phase, txn.failed_step, txn.outcome) == ("failed", "adjudicated", "denied")
    assert txn.denied == Decimal(300)
    assert steps() == {"submitted": "completed", "acknowledged": "implied", "adjudicated": "failed"}


def test_a_resubmission_takes_the_denial_back_but_the_first_outcome_stays() -> None:
    tell(
        submitted(),
        remit("r1", hours=200, paid="0", denied="300.00"),
        submitted("s2", hours=300, frequency="7"),
    )

    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.first_outcome, txn.original) == ("open", None, "denied", True)
    assert steps() == {"submitted": "completed"}
    assert Fact.objects.filter(superseded=True).count() == 2


def test_a_late_reject_of_the_first_submission_does_not_fail_the_accepted_second() -> None:
    tell(
        submitted(opens=("batch:1",)),
        submitted("s2", hours=24, opens=("batch:2",)),
        acked("a2", "C1/P", hours=30, refers=("batch:2",)),
        acked("a1", "C1/P", hours=40, outcome="rejected", refers=("batch:1",)),
    )

    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome) == ("open", "accepted")
    assert steps()["acknowledged"] == "completed"


def test_a_reject_is_of_the_submission_before_it_where_control_numbers_came_again() -> None:
    tell(
        submitted(opens=("set:1",)),
        acked("a1", "C1/P", hours=1, outcome="rejected", refers=("set:1",)),
        submitted("s2", hours=240, opens=("set:1",)),
    )

    assert (Transaction.objects.get().phase, Deadline.objects.get().step) == ("open", "acknowledged")


def test_a_take_back_reopens_and_a_correction_settles_again() -> None:
    take_back = remit("r2", hours=300, paid="-300.00", status="22")
    correction = remit("r3", hours=300, paid="250.00")
    correction.sequence, take_back.sequence = 400, 390  # of one day, in two sets
    tell(submitted(), remit("r1", hours=200, paid="300.00"), take_back)
    assert steps()["adjudicated"] == "reversed"

    tell(correction)

    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.paid) == ("open", "paid", Decimal(250))


def test_a_claim_known_by_its_payments_alone_is_worth_what_they_quote_and_never_less_than_nothing() -> None:
    back = remit("r2", hours=300, paid="-300.00", status="22")
    back.attributes = back.attributes | {"billed": "-300.00"}
    tell(back)
    assert Transaction.objects.get().amount is None
    tell(remit("r1", hours=200, paid="300.00"))
    assert (Transaction.objects.get().amount, Transaction.objects.get().paid) == (Decimal(300), Decimal(0))


def test_a_take_back_after_the_posting_reopens_and_its_correction_has_to_be_posted_anew() -> None:
    def pay(name: str, hours: float) -> Said:
        return Said(name, "C1/P", "posted", hours, type="payment.posted.v1", sequence=500)

    tell(submitted(), remit("r1", hours=200, paid="300.00"), pay("p1", 210))
    assert Transaction.objects.get().phase == "completed"

    tell(remit("r2", hours=300, paid="-300.00", status="22"))
    assert (Transaction.objects.get().phase, Deadline.objects.get().step) == ("open", "adjudicated")

    tell(remit("r3", hours=324, paid="0", denied="300.00"))
    assert (Transaction.objects.get().phase, Transaction.objects.get().outcome) == ("failed", "denied")

    tell(remit("r4", hours=348, paid="250.00"))
    assert (Transaction.objects.get().phase, Deadline.objects.get().step) == ("open", "posted")
    tell(pay("p2", 350))
    assert Transaction.objects.get().phase == "completed"


def test_a_void_cancels_unless_the_payer_refused_it() -> None:
    tell(submitted(), voided(50))
    assert Transaction.objects.get().phase == "cancelled"

    tell(
        Said(
            "a9",
            "C1/P",
            "acknowledged",
            60,
            "fails",
            type="claim.acked.v1",
            outcome="rejected",
            refers=("batch:9",),
        )
    )

    assert Transaction.objects.get().phase == "open"


def test_a_void_without_a_charge_leaves_the_claim_what_it_was_worth() -> None:
    tell(submitted(), voided(50, amount="0.00"))
    assert (Transaction.objects.get().phase, Transaction.objects.get().amount) == ("cancelled", Decimal(300))


def voided(hours: int, amount: str = "300.00") -> Said:
    void = submitted("v1", hours=hours, frequency="8", opens=("batch:9",))
    void.amount = amount
    void.effect, void.outcome = "cancels", "voided"
    return void


def test_a_payment_after_a_void_fails_the_claim_until_the_payer_takes_it_back() -> None:
    tell(submitted(), voided(50), remit("r1", hours=100, paid="300.00"))
    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.failed_step, txn.reason) == (
        "failed", "paid_after_void", "adjudicated", "paid_after_void",
    )  # fmt: skip
    assert (txn.paid, txn.closed_at) == (Decimal(300), None)
    assert Deadline.objects.get().due_at == txn.outcome_at

    tell(remit("r2", hours=200, paid="-300.00", status="22"))
    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.paid) == ("cancelled", "voided", Decimal(0))


def test_money_of_before_a_void_its_take_back_and_a_refusal_after_it_are_no_payment_after_it() -> None:
    tell(submitted(), remit("r1", hours=20, paid="300.00"), voided(50))
    assert Transaction.objects.get().phase == "cancelled"
    tell(remit("r2", hours=100, paid="-300.00", status="22"), remit("r3", hours=120, paid="0.00"))
    assert (Transaction.objects.get().phase, Transaction.objects.get().outcome) == ("cancelled", "voided")


def test_a_999_reaches_every_claim_of_its_set_also_those_that_come_later() -> None:
    reject = acked("n1", None, hours=10, outcome="rejected", via=("set:1",), mode="all")
    tell(submitted(keys=("set:1",)), reject)
    tell(submitted("s2", claim="C2/P", keys=("set:1",)))

    assert list(Transaction.objects.values_list("phase", flat=True)) == ["failed", "failed"]
    assert Orphan.objects.get().bound.__len__() == 2


def test_an_event_with_two_possible_claims_is_bound_to_neither() -> None:
    pay = Said("p1", None, "posted", 400, type="payment.posted.v1", via=("account:1",))
    tell(submitted(keys=("account:1",)), pay)
    assert steps()["posted"] == "completed"

    tell(submitted("s2", claim="C2/P", keys=("account:1",)))

    assert not Step.objects.filter(step="posted").exists()
    assert Orphan.objects.get().ambiguous


def test_a_default_gives_way_to_the_claim_that_is_found_later() -> None:
    ack = acked("a1", None, hours=10, via=("pcn:C1",), default="C1/P")
    tell(ack)
    assert Transaction.objects.get().outcome == "accepted"

    tell(submitted(claim="C1/S", keys=("pcn:C1",)))

    txn = Transaction.objects.get()
    assert (txn.current_step, txn.outcome) == ("acknowledged", "accepted")
    assert txn.started_at is not None


def test_the_posting_of_a_payment_is_not_paid_a_second_time() -> None:
    posted = Said(
        "p1", "C1/P", "posted", 210, type="payment.posted.v1", sequence=500, amount="300.00", basis="paid"
    )
    tell(submitted(), remit("r1", hours=200, paid="300.00"), posted)

    txn = Transaction.objects.get()
    assert (txn.phase, txn.paid) == ("completed", Decimal(300))


def test_answers_dated_by_day_follow_the_submission_of_that_day() -> None:
    """A 277CA and an 835 carry a day, so they stand at its midnight; the claim went out at two o'clock."""
    midnight = -9 + 6  # of Chicago, counted from the first day's start
    tell(
        submitted(hours=5),
        acked("a1", "C1/P", hours=midnight, sequence=310),
        remit("r1", hours=midnight, paid="300.00"),
    )

    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.current_step) == ("open", "paid", "adjudicated")
    assert steps() == {"submitted": "completed", "acknowledged": "completed", "adjudicated": "completed"}


def test_an_event_that_nobody_claims_for_a_week_is_told_once() -> None:
    alone = Said("p1", None, "posted", 0, type="payment.posted.v1", via=("account:9",))
    apply([received(alone, at_hours=0)], at=at(0))

    week = records.moment(at(7 * 24 - 1))
    assert sweep.report_stranded(week) == 0
    assert sweep.report_stranded(week + timedelta(hours=2)) == 1
    assert sweep.report_stranded(week + timedelta(hours=3)) == 0
    told = ConnectorActivity.objects.get(kind="stranded")
    assert (told.code, told.n) == ("no_transaction", 1)


def test_a_system_that_says_denied_fails_the_claim_and_is_no_first_adjudication() -> None:
    word = Said("w1", "C1/P", "adjudicated", 100, "fails", type="span.step.v1", outcome="denied")
    tell(submitted(), word)
    txn = Transaction.objects.get()
    assert (txn.phase, txn.outcome, txn.first_outcome) == ("failed", "denied", None)

    tell(remit("r1", hours=200, paid="300.00"))
    txn.refresh_from_db()
    assert (txn.outcome, txn.first_outcome) == ("paid", "paid")


def test_a_judgement_says_by_which_rule_and_table_it_was_made() -> None:
    tell(submitted(), remit("r1", hours=200, paid="0", denied="300.00"))

    said = Fact.objects.get(type="remit.received.v1").attributes
    assert (said["rule_version"], said["carc_version"]) == ("1", "1")
