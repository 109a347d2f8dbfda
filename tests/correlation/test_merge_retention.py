"""Merges and what goes when its time is up: nothing is lost into it, and no number stays behind."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from integrations.models import LegalHold
from tests.build import build_user
from tests.build.retention import build_hold, purged
from tests.correlation.merging import renamed, restored
from tests.correlation.speech import DAY0, FACILITY, Said, at, raw, received
from tracing.models import Event, Identifier, KeyAlias, Transaction, TransactionSummary
from tracing.storage.apply import apply
from tracing.storage.repoint import Purged

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facility")]
YEARS_LATER = DAY0 + timedelta(days=900)


def told(*events: object, day: float = 0) -> None:
    """Apply what was said on a day; measures have counted it."""
    with transaction.atomic():
        apply([received(*events, at_hours=24 * day)], at=at(24 * day))  # type: ignore[arg-type]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM change")


def claim(number: str, *, day: float = 0) -> list[Said]:
    """A claim that was submitted and refused."""
    keys = (f"pcn:{number}",)
    return [
        Said(f"s-{number}", f"{number}/P", "submitted", 24 * day, keys=keys),
        Said(f"a-{number}", f"{number}/P", "acknowledged", 24 * day + 1, "fails", keys=keys),
    ]


def test_nothing_is_merged_into_a_purged_transaction() -> None:
    told(*claim("C2"))
    purged(YEARS_LATER, "transactions")
    told(*claim("C1", day=899), day=899)

    with pytest.raises(Purged):
        told(renamed("m", "pcn:C1", "pcn:C2", 24 * 899), day=899)

    assert (Transaction.objects.get().facts, TransactionSummary.objects.count()) == (2, 1)
    assert not KeyAlias.objects.exists()


def test_a_merge_goes_with_its_numbers_and_what_comes_late_is_still_recognised() -> None:
    told(*claim("C2"), renamed("m", "pcn:C1", "pcn:C2", 0))
    assert Identifier.objects.exists()
    purged(YEARS_LATER, "transactions")

    assert not Event.objects.exists()
    assert not Identifier.objects.exists()
    told(*claim("C1", day=899), day=899)
    assert not Transaction.objects.exists()  # of one that was purged, under the number that it had then


def test_an_undoing_goes_like_what_it_takes_back_and_is_still_in_force() -> None:
    told(*claim("C2"), renamed("m", "pcn:C1", "pcn:C2", 0), restored("u", "m"))
    hold = build_hold(DAY0, facility_id=FACILITY)
    purged(YEARS_LATER, "transactions")
    assert Event.objects.filter(event_id=UUID(bytes=raw("event", "u"))).exists()
    LegalHold.objects.filter(pk=hold.pk).update(
        lifted_at=DAY0, asked_by=hold.placed_by, lifted_by=build_user("two")
    )

    purged(YEARS_LATER, "transactions")

    assert not Event.objects.exists()
    told(*claim("C1", day=899), day=899)
    assert Transaction.objects.get().facts == 2


def test_a_hold_on_a_transaction_keeps_what_it_was_merged_into() -> None:
    told(*claim("C1"), *claim("C3"))
    held = UUID(bytes=raw("txn", "claim", "C1/P"))
    build_hold(DAY0, transaction_ids=(held,))
    told(renamed("m1", "pcn:C1", "pcn:C2", 0))
    told(renamed("m2", "pcn:C2", "pcn:C4", 1))

    purged(YEARS_LATER, "transactions")

    (kept,) = Transaction.objects.all()
    assert (kept.id, kept.facts) == (UUID(bytes=raw("txn", "claim", "C4/P")), 2)
