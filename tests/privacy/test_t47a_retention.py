"""T47a: what is due goes, what is held stays, both are on record, and nothing that is gone comes back."""

import os
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from integrations.ingest import failpoints
from integrations.models import ConnectorActivity, Facility, LegalHold, PurgeRun
from integrations.retention import holds
from integrations.retention import run as runs
from observability.accounts.models import AuditRow
from observability.accounts.scopes import Scope
from tests.build import build_user
from tests.build.retention import WHY, build_hold, purged
from tests.correlation.rows import clear
from tests.correlation.speech import CONNECTOR, DAY0, Said, at, raw, received
from tracing.models import (
    Event,
    Fact,
    Identifier,
    LooseToken,
    Move,
    Orphan,
    Transaction,
    TransactionSummary,
)
from tracing.storage.apply import apply
from tracing.storage.refold import Selection, refold
from tracing.storage.sweep import tally

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facility")]
OTHER = 2  # a second facility
YEARS_LATER = DAY0 + timedelta(days=900)


def claim_id(name: str) -> UUID:
    return UUID(bytes=raw("txn", "claim", name))


def said(name: str, day: float, *, keys: tuple[str, ...] = (), facility: int = 1) -> list[Said]:
    """A claim that was submitted and refused, so that nothing is open about it."""
    refused = {"effect": "fails", "type": "claim.acked.v1", "outcome": "rejected"}
    return [
        Said(
            f"{name}-s", name, "submitted", 24 * day, keys=keys, facility=facility, amount="10", basis="gross"
        ),
        Said(f"{name}-a", name, "acknowledged", 24 * day + 1, facility=facility, **refused),  # type: ignore[arg-type]
    ]


def keep(*events: Said, connector: int = CONNECTOR) -> None:
    """Apply what was said, and count it, so that nothing waits."""
    with transaction.atomic(), connection.cursor() as cursor:
        apply([received(*events, connector=connector)], at=at(1_000))
        cursor.execute("DELETE FROM change")


def here() -> set[UUID]:
    return set(Transaction.objects.values_list("id", flat=True))


@pytest.fixture
def two_facilities(facility: Facility) -> Iterator[None]:
    """Another facility, to which the connector may post too."""
    other = Facility.objects.create(pk=OTHER, code="OTH", name="Other", zone="America/Chicago")
    yield
    assert other.pk == OTHER


def a_hold(dice: random.Random, names: list[str]) -> tuple[dict[str, object], dict[str, object]]:
    """Any hold on transactions, as it is placed and as the test understands it."""
    what: dict[str, object] = {}
    if dice.random() < 0.5:
        what["facility_id"] = dice.choice([1, OTHER])
    if dice.random() < 0.3:
        what["connector_id"] = CONNECTOR
    if dice.random() < 0.3:
        what["transaction_ids"] = tuple(claim_id(name) for name in dice.sample(names, 2))
    if dice.random() < 0.4:
        what["since"] = DAY0 + timedelta(days=dice.randrange(400))
    if dice.random() < 0.4 and "since" not in what:
        what["until"] = DAY0 + timedelta(days=dice.randrange(400))
    if dice.random() < 0.3:
        what["data_class"] = dice.choice(["transactions", "spans"])
    return what, {"facility_id": None, "transaction_ids": None, "since": None, "until": None} | what


def is_held(told: dict[str, object], name: str, facility: int, first: datetime, last: datetime) -> bool:
    """What the test takes a hold for: the product's own SQL is not asked."""
    return (
        told.get("data_class", "transactions") == "transactions"
        and told["facility_id"] in (None, facility)
        and (told["transaction_ids"] is None or claim_id(name) in told["transaction_ids"])  # type: ignore[operator]
        and (told["since"] is None or last >= told["since"])  # type: ignore[operator]
        and (told["until"] is None or first < told["until"])  # type: ignore[operator]
    )


@pytest.mark.slow
@pytest.mark.parametrize("runs", [1_000 if os.environ.get("THROUGHLINE_DRILLS") else 100])
def test_in_random_runs_no_held_row_goes_and_every_other_that_is_due_does(
    runs: int, two_facilities: None
) -> None:
    dice = random.Random(47)
    for n in range(runs):
        clear()
        names = [f"R{n}-{i}" for i in range(6)]
        days = {name: dice.randrange(600) for name in names}
        places = {name: dice.choice([1, OTHER]) for name in names}
        keep(*(each for name in names for each in said(name, days[name], facility=places[name])))
        told = []
        for i in range(dice.randrange(3)):
            what, understood = a_hold(dice, names)
            build_hold(DAY0, by=f"counsel-{n}-{i}", **what)  # type: ignore[arg-type]
            told.append(understood)
        when = DAY0 + timedelta(days=dice.randrange(300, 1_100))

        purged(when, "transactions")

        expected = {
            claim_id(name)
            for name in names
            for first in [DAY0 + timedelta(days=days[name])]
            for last in [first + timedelta(hours=1)]
            if last >= when - timedelta(days=400)
            or any(is_held(each, name, places[name], first, last) for each in told)
        }
        assert here() == expected, n
        _lift_all(n)


def _lift_all(n: int) -> None:
    one, two = build_user(f"one-{n}"), build_user(f"two-{n}")
    for hold in LegalHold.objects.filter(lifted_at=None):
        holds.ask_to_lift(scope=Scope.system(), user=one, hold=hold, reason=WHY, at=DAY0)
        holds.lift(scope=Scope.system(), user=two, hold=hold, at=DAY0)


def test_all_that_hangs_on_it_goes_and_a_summary_without_identifiers_stays() -> None:
    keep(*said("C1", 0, keys=("account:1", "member:9")), *said("C2", 600, keys=("member:9",)))

    (run,) = purged(YEARS_LATER, "transactions")

    assert here() == {claim_id("C2")}
    assert set(Fact.objects.values_list("transaction_id", flat=True)) == here()
    left = TransactionSummary.objects.get()
    assert (left.id, left.phase, left.facts, left.run_id) == (claim_id("C1"), "failed", 2, run.pk)
    # The account and the claim are unknown now; the member is still one of C2.
    tokens = {UUID(bytes=raw("token", name)) for name in ("claim:C2", "member:9")}
    assert set(Identifier.objects.values_list("token", flat=True)) == tokens
    assert not LooseToken.objects.exists()
    for table, column in (("step", "transaction_id"), ("transaction_key", "transaction_id")):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [claim_id("C1")])
            assert cursor.fetchone() == (0,), table
    assert Event.objects.count() == 2


def test_the_proof_names_counts_range_and_policy_and_no_identifier() -> None:
    keep(*said("C1", 0, keys=("account:1",)))

    (run,) = purged(YEARS_LATER, "transactions")

    row = AuditRow.objects.get(act="purged")
    assert row.changes is not None
    assert (row.object_id, row.seq) == ("transactions", run.audit_seq)
    assert row.changes["counts"]["transaction"] == 1
    assert row.changes["counts"]["event"] == 2
    assert row.changes["counts"]["identifier"] == 2
    assert (row.changes["sha256"], row.changes["policy"]) == (run.digest, run.policy)
    assert row.changes["newest"] == (DAY0 + timedelta(hours=1)).isoformat()
    assert len(run.digest) == 64
    assert str(claim_id("C1")) not in str(row.changes)


def test_an_open_one_expires_visibly_before_it_goes() -> None:
    keep(Said("s", "C1", "submitted", 0))
    assert [each.phase for each in Transaction.objects.all()] == ["open"]

    purged(DAY0 + timedelta(days=371), "transactions")
    expired = Transaction.objects.get()
    assert (expired.phase, expired.closed_at) == ("expired", DAY0 + timedelta(days=371))

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM change")  # counted
    purged(DAY0 + timedelta(days=400, hours=1), "transactions")
    assert here() == {claim_id("C1")}  # it has stood as expired for 29 days
    purged(DAY0 + timedelta(days=402), "transactions")
    assert here() == set()


def test_what_measures_have_not_counted_yet_stays() -> None:
    apply([received(*said("C1", 0))], at=at(1_000))

    purged(YEARS_LATER, "transactions")

    assert here() == {claim_id("C1")}


def test_an_event_of_two_transactions_stays_while_one_of_them_does() -> None:
    keep(*said("C1", 0, keys=("set:7",)), *said("C2", 0, keys=("set:7",)))
    both = Said(
        "both", None, "acknowledged", 5, effect="fails", type="claim.acked.v1", mode="all", via=("set:7",)
    )
    keep(both)
    build_hold(DAY0, transaction_ids=(claim_id("C2"),))

    purged(YEARS_LATER, "transactions")

    assert here() == {claim_id("C2")}
    assert Event.objects.filter(event_id=UUID(bytes=raw("event", "both"))).exists()
    assert [list(each.bound) for each in Orphan.objects.all()] == [[claim_id("C2")]]


def test_what_comes_after_retention_is_counted_and_brings_nothing_back() -> None:
    keep(*said("C1", 0, keys=("account:1",)))
    purged(YEARS_LATER, "transactions")
    ConnectorActivity.objects.all().delete()

    keep(
        Said("late", "C1", "posted", 22_000, type="payment.posted.v1", keys=("account:1",)), *said("C2", 900)
    )

    assert here() == {claim_id("C2")}
    told = ConnectorActivity.objects.get(kind="after_retention")
    assert (told.connector_id, told.code, told.n) == (CONNECTOR, "claim", 1)
    tally()
    assert Event.objects.count() == 2
    purged(YEARS_LATER, "transactions")  # takes the sealed forms that the late event brought
    assert set(Identifier.objects.values_list("token", flat=True)) == {UUID(bytes=raw("token", "claim:C2"))}
    assert refold(Selection(connector_id=CONNECTOR), at=at(22_001)) == 2
    assert here() == {claim_id("C2")}


def test_an_event_that_nobody_claimed_goes_by_when_it_came() -> None:
    keep(
        Said("lost", None, "posted", 0, type="payment.posted.v1", via=("account:404",), keys=("account:404",))
    )

    purged(DAY0 + timedelta(hours=1_000, days=399), "transactions")
    assert Event.objects.count() == 1
    purged(DAY0 + timedelta(hours=1_000, days=401), "transactions")
    assert not any(model.objects.exists() for model in (Event, Orphan, Identifier))


def test_a_run_that_was_killed_goes_on_and_leaves_one_proof(settings: object) -> None:
    settings.RETENTION_BATCH, settings.FAILPOINTS = 1, True  # type: ignore[attr-defined]
    keep(*(each for n in range(4) for each in said(f"C{n}", n)))
    batches = iter(range(9))
    failpoints.plant("purge_batch", lambda _: KeyboardInterrupt() if next(batches) == 5 else None)

    with pytest.raises(KeyboardInterrupt):
        purged(YEARS_LATER, "transactions")
    left = len(here())
    assert runs.overdue(YEARS_LATER + timedelta(days=2)) == ["transactions"]
    failpoints.clear()
    (run,) = purged(YEARS_LATER, "transactions")

    assert 0 < left < 4
    assert (runs.overdue(YEARS_LATER + timedelta(days=2)), runs.overdue(YEARS_LATER)) == ([], [])
    assert here() == set()
    assert PurgeRun.objects.get() == run
    assert run.counts["transaction"] == 4
    assert AuditRow.objects.get(act="purged").seq == run.audit_seq


def test_one_purge_runs_at_a_time_and_a_class_once_a_day() -> None:
    keep(*said("C1", 0))
    assert len(purged(YEARS_LATER, "transactions")) == 1
    again = runs.purge(at=YEARS_LATER, seconds=60, clock=lambda: YEARS_LATER, classes={"transactions"})
    tomorrow = YEARS_LATER + timedelta(days=1)
    assert again == []
    assert len(runs.purge(at=tomorrow, seconds=60, clock=lambda: tomorrow, classes={"transactions"})) == 1


def test_a_new_mapping_lets_nothing_out_of_a_hold() -> None:
    keep(*said("C1", 0), *said("C2", 0))
    before, between = claim_id("C1 elsewhere"), claim_id("C1 between")
    for earlier, now in ((before, between), (between, claim_id("C1"))):
        Move.objects.create(
            transaction_id=now, earlier_id=earlier, field="facility", was="A", now="B", at=DAY0, remap=None
        )
    build_hold(DAY0, transaction_ids=(before,))

    purged(YEARS_LATER, "transactions")

    assert here() == {claim_id("C1")}
    assert Move.objects.count() == 2
