"""What the sweeps look at: what is new, twice; what waits, in turn; and never all that there is."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from tests.correlation.speech import DAY0, Said, raw, received
from tests.correlation.speech import at as hour
from tracing.models import Deadline, Fact, Orphan, OrphanToken, Transaction, TransactionKey
from tracing.storage import sweep
from tracing.storage.apply import apply
from tracing.storage.sweep import mark_late, sweep_orphans

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("facility")]


def later(seconds: float) -> datetime:
    return DAY0 + timedelta(seconds=seconds)


def heard(*said: Said) -> None:
    """Apply events in one pass on the first day."""
    with transaction.atomic():
        apply([received(*(each.event() for each in said))], at=hour(0))


def claim(number: int) -> Said:
    return Said(f"s{number}", f"C{number}/P", "submitted", 0, keys=(f"account:{number}",))


def payment(number: int) -> Said:
    """An event that names its claim by the account only."""
    return Said(f"p{number}", None, "posted", 1, type="payment.posted.v1", via=(f"account:{number}",))


def raw_uuid(*parts: object) -> UUID:
    return UUID(bytes=raw(*parts))


def bound() -> int:
    return Orphan.objects.exclude(bound=[]).count()


def meet(*numbers: int) -> None:
    """Leave claims and their payments as two passes leave them that ran side by side: the key is there, and
    the payment was not bound by it."""
    heard(*map(payment, numbers))
    waiting = Orphan.objects.filter(bound=[]).values_list("event_id", flat=True)
    watched = list(OrphanToken.objects.filter(event_id__in=list(waiting)))
    OrphanToken.objects.filter(event_id__in=list(waiting)).delete()
    heard(*map(claim, numbers))
    OrphanToken.objects.bulk_create(watched)
    assert bound() == 0


def test_an_event_that_two_passes_missed_is_bound_by_the_next_sweep() -> None:
    meet(1)
    assert sweep_orphans(later(1)) == 1
    assert bound() == 1
    assert Fact.objects.filter(transaction_id=Orphan.objects.get().bound[0]).count() == 2


def test_what_is_bound_is_looked_at_twice_and_then_no_more(settings: Settings) -> None:
    settings.ORPHAN_SWEEP_SECONDS = 60
    heard(claim(1))
    heard(payment(1))
    looks = [sweep_orphans(later(seconds)) for seconds in (1, 6, 11, 59, 60, 65, 70, 3_600)]
    assert looks == [1, 0, 0, 0, 1, 0, 0, 0]


def test_a_better_name_that_a_pass_beside_it_brought_is_found_when_that_has_ended(settings: Settings) -> None:
    settings.ORPHAN_SWEEP_SECONDS = 60
    heard(claim(1), claim(2))
    heard(Said("p", None, "posted", 1, type="payment.posted.v1", via=("pcn:2", "account:1")))
    first = Orphan.objects.get().bound
    sweep_orphans(later(1))
    other = Transaction.objects.exclude(id__in=first).get()
    # Its pass had begun before the payment's ended, and ends now: neither saw what the other wrote.
    TransactionKey.objects.create(
        token=raw_uuid("token", "pcn:2"), transaction_id=other.id, workflow="claim", kind="pcn", linking=True,
        direct=True,
    )  # fmt: skip
    assert sweep_orphans(later(6)) == 0
    sweep_orphans(later(61))
    assert Orphan.objects.get().bound == [other.id]


def test_what_waits_is_gone_through_in_turn_however_long_ago_it_came(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.ORPHAN_SWEEP_SECONDS = 60
    monkeypatch.setattr(sweep, "FEW", 1)
    meet(1, 2, 3)
    for place, orphan in enumerate(Orphan.objects.order_by("event_id")):
        Orphan.objects.filter(event_id=orphan.event_id).update(received_at=later(place))
    day_later = 86_400
    found = [sweep_orphans(later(day_later + 5 * n)) for n in range(6)]
    assert (sum(found), max(found), bound()) == (3, 1, 3)


def test_of_several_transactions_none_is_chosen_again_and_again() -> None:
    heard(claim(1), Said("s2", "C2/P", "submitted", 0, keys=("account:1",)))
    heard(payment(1))
    assert Orphan.objects.get().ambiguous
    assert [sweep_orphans(later(seconds)) for seconds in (86_400, 86_405)] == [0, 0]


def test_a_promise_is_marked_late_once_it_has_passed_also_one_that_was_late_when_made() -> None:
    def due(name: str, at: datetime) -> None:
        Deadline.objects.create(
            transaction_id=raw_uuid(name), workflow="claim", facility_id=1, step="adjudicated", due_at=at
        )

    due("passes", later(10))
    assert (mark_late(later(10)), mark_late(later(11)), mark_late(later(12))) == (0, 1, 0)
    due("late when made", later(-500))
    due("not yet", later(500))
    assert mark_late(later(13)) == 1
    marked = Deadline.objects.exclude(late_since=None).order_by("due_at")
    assert list(marked.values_list("late_since", flat=True)) == [later(-500), later(10)]


FILL = """
    INSERT INTO orphan (event_id, workflow, mode, tokens, connector_id, facility_id, received_at, bound,
                        ambiguous, looked_at, sole, stranded)
    SELECT md5('e' || n)::uuid, 'claim', 'one', ARRAY[md5('t' || n)::uuid], 1, 1, m,
           CASE WHEN n %% 2 = 0 THEN ARRAY[md5('x' || n)::uuid] ELSE '{}' END, false, m, true, false
      FROM generate_series(1, 20000) n, LATERAL (SELECT %(at)s - n * interval '1 second') AS w(m);
    INSERT INTO orphan_token SELECT tokens[1], event_id, workflow FROM orphan;
    INSERT INTO transaction_key (token, transaction_id, workflow, kind, linking, direct)
    SELECT tokens[1], event_id, workflow, 'account', true, true FROM orphan;
    INSERT INTO deadline (transaction_id, workflow, facility_id, step, due_at)
    SELECT event_id, workflow, 1, 'adjudicated', received_at FROM orphan;
    ANALYZE orphan, orphan_token, transaction_key, deadline
"""


def plan(sql: str, **params: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", {"after": later(-60), "until": sweep.FAR, "limit": 5_000, **params})
        return "\n".join(row[0] for row in cursor.fetchall())


def test_sweeps_read_what_is_new_and_not_all_that_there_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"at": DAY0})
    plans = {
        "orphan_looked_at": plan(sweep.LOOKED_AT),
        "orphan_waiting": plan(sweep.WAITING, after=sweep.LONG_AGO, limit=sweep.FEW),
        "deadline_due": plan(sweep.DUE) + plan(sweep.MARK_LATE, last=DAY0),
    }
    for index, found in plans.items():
        assert index in found
        for table in ("orphan", "orphan_token", "transaction_key", "deadline"):
            assert f"Seq Scan on {table}" not in found
