"""Merges and moves as connectors post them (A40, A41, A45, A47), their undoing, and the facility wall."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from integrations.models import InboxParked
from observability.core import clock
from tests.build.days import empty
from tests.correlation.rows import clear
from tests.ingest.posting import Poster, poster
from tracing.models import Change, KeyAlias, Transaction, TransactionKey
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _emptied(transactional_db: None) -> Iterator[None]:
    yield
    clear()
    empty("inbox")


def said(type_: str, id_: str, *, at: str = "2026-03-02T12:00:00Z", **data: Any) -> dict[str, Any]:
    """Return an event of the clinical system."""
    return {
        "specversion": "1.0", "id": id_, "source": "test:adt", "type": type_, "time": at, "data": data,
    }  # fmt: skip


def discharged(account: str, **data: Any) -> dict[str, Any]:
    return said("encounter.discharged.v1", f"d-{account}-{data}", account_no=account, **data)


def ready(account: str, **data: Any) -> dict[str, Any]:
    return said("account.ready.v1", f"r-{account}-{data}", account_no=account, outcome="ready", **data)


def merged(kind: str, old: str, new: str, *, id_: str = "m1", **data: Any) -> dict[str, Any]:
    return said("key.merged.v1", id_, kind=kind, old=old, new=new, **data)


def moved(kind: str, old: str, new: str, *, id_: str = "m1", **data: Any) -> dict[str, Any]:
    return said("key.moved.v1", id_, kind=kind, old=old, new=new, **data)


def sent(post: Poster, *batches: list[dict[str, Any]]) -> None:
    """Post each batch and have it applied before the next comes."""
    for batch in batches:
        assert post.events(batch).status_code == 200
        drain(seconds=30)


def steps() -> list[tuple[str | None, int]]:
    """Return the step and the number of facts of each transaction."""
    return sorted(Transaction.objects.values_list("current_step", "facts"))


def test_a41_two_accounts_become_one_and_what_comes_late_for_the_old_lands_there() -> None:
    post = poster()
    sent(post, [discharged("A-1"), discharged("A-2")])
    assert steps() == [("discharged", 1), ("discharged", 1)]
    Change.objects.all().delete()

    sent(post, [merged("account", "A-1", "A-2")], [ready("a-1")], [merged("account", "A-1", "A-2")])

    assert steps() == [("account_ready", 3)]
    (one,) = Transaction.objects.all()
    keys = TransactionKey.objects.filter(transaction_id=one.pk, kind="account")
    assert sorted(keys.values_list("former", flat=True)) == [False, True]  # found by either number
    # Both days are counted again: the old transaction went away, the other one is more than it was.
    went = Change.objects.exclude(transaction_id=one.pk)
    assert went.filter(old__isnull=False, new__isnull=True).exists()


def test_a41_before_either_account_is_known_is_as_good_as_after() -> None:
    sent(poster(), [merged("account", "A-1", "A-2")], [discharged("A-1")], [ready("A-2")])
    assert steps() == [("account_ready", 2)]


def test_a40_merges_patients_so_that_either_number_finds_what_is_known_but_joins_nothing() -> None:
    sent(
        poster(),
        [discharged("A-1", mrn="M-1"), discharged("A-2", mrn="M-2")],
        [merged("mrn", "M-1", "M-2")],
    )
    assert steps() == [("discharged", 1), ("discharged", 1)]
    (survivor,) = KeyAlias.objects.values_list("new", flat=True)
    assert TransactionKey.objects.filter(token=survivor, former=False).count() == 2


def test_a45_a_stay_moves_to_another_account_and_the_rest_of_the_account_stays() -> None:
    sent(
        poster(),
        [discharged("A-1", encounter_no="E-1"), discharged("A-1", encounter_no="E-2"), ready("A-1")],
        [moved("account", "A-1", "A-2", of="encounter", number="E-2")],
        [ready("A-1", encounter_no="E-2")],
    )
    assert steps() == [("account_ready", 2), ("account_ready", 2)]


def test_a47_a_number_is_replaced_by_another() -> None:
    sent(poster(), [discharged("A-1")], [moved("account", "A-1", "A-1X")], [ready("A-1X")])
    assert steps() == [("account_ready", 2)]


def test_a_claim_is_merged_with_all_that_names_it_only_indirectly() -> None:
    named = {"issuer": "npi:1", "payer": "AETNA"}
    claim = {"payer_sequence": "P", "frequency": "1", "amount": "100", **named}
    sent(
        poster(),
        [said("claim.submitted.v1", "s1", claim_no="C-1", **claim)],
        [said("claim.acked.v1", "a1", claim_no="C-1", level="277CA", outcome="accepted", **named)],
        [merged("claim", "C-1", "C-2", issuer="npi:1")],
        [
            said(
                "remit.received.v1", "r1", at="2026-03-09T12:00:00Z", claim_no="C-2", claim_status="1",
                billed="100", paid="80", **named,
            )
        ],
    )  # fmt: skip
    assert steps() == [("adjudicated", 3)]


def test_what_is_undone_is_as_if_it_had_never_been_said() -> None:
    post = poster()
    undone = said("key.restored.v1", "u1", undoes="m1")
    sent(post, [discharged("A-1"), discharged("A-2")], [merged("account", "A-1", "A-2")], [ready("A-1")])
    assert steps() == [("account_ready", 3)]

    sent(post, [undone])
    assert steps() == [("account_ready", 2), ("discharged", 1)]
    assert not TransactionKey.objects.filter(former=True).exists()

    sent(post, [merged("account", "A-1", "A-2", id_="m2")])
    assert steps() == [("account_ready", 3)]


def test_one_facility_merges_nothing_of_another_and_nobody_undoes_what_another_said() -> None:
    north, south = poster("north"), poster("south", facilities=("SOUTH",))
    both = [discharged("A-1"), discharged("A-2")]
    sent(north, both)
    sent(south, both)

    sent(north, [merged("account", "A-1", "A-2")])
    sent(south, [said("key.restored.v1", "u1", undoes="m1")])
    assert south.events([merged("account", "A-1", "A-2", facility="NORTH", id_="m9")]).status_code == 422

    assert sorted(Transaction.objects.values_list("facts", flat=True)) == [1, 1, 2]
    assert Transaction.objects.filter(facility_id=south.connector.facility_id).count() == 2


def test_a_key_is_not_merged_into_itself() -> None:
    answer = poster().events([merged("account", "A-1", " a-1 ")])
    assert json.loads(answer.content)["rejected"][0]["code"] == "same_key"


def test_a_merge_that_touches_too_much_is_set_aside_and_changes_nothing(settings: Settings) -> None:
    settings.MERGE_TRANSACTIONS = 1
    settings.DRAIN_MAX_ATTEMPTS = 1
    settings.DRAIN_LEASE_SECONDS = 0
    sent(poster(), [discharged("A-1"), discharged("A-2")], [merged("account", "A-1", "A-2")])
    drain(seconds=5)

    assert steps() == [("discharged", 1), ("discharged", 1)]
    assert InboxParked.objects.filter(parked_at__lte=clock.now()).count() == 1
    assert not KeyAlias.objects.exists()
