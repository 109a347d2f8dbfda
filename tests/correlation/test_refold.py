"""Refold: what is chosen is folded again; what a quarantined key said is left out."""

import pytest
from django.core.management import CommandError, call_command

from integrations.models import Credential
from observability.core import clock
from tests.correlation.rows import snapshot
from tests.correlation.speech import CONNECTOR, Said, at, received
from tracing.models import Step, Transaction, TransactionKey
from tracing.storage.apply import apply
from tracing.storage.heard import Received
from tracing.storage.refold import Selection, refold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facility")]
STOLEN = 2


@pytest.fixture
def stolen() -> Credential:
    """A second key of the connector."""
    return Credential.objects.create(
        pk=STOLEN, connector_id=CONNECTOR, prefix="stolen", secret_sha256=b"x" * 32, created_at=clock.now()
    )


def two_claims() -> None:
    """C1 is submitted with the good key; C1's acceptance and all of C2 come with the other."""
    apply([received(Said("s1", "C1/P", "submitted", 0, keys=("account:1",)))], at=at(1_000))
    bad = [
        Said("a1", "C1/P", "acknowledged", 1, type="claim.acked.v1", outcome="accepted").event(),
        Said("s2", "C2/P", "submitted", 0, keys=("account:2",)).event(),
        Said("p1", None, "posted", 9, type="payment.posted.v1", via=("account:2",)).event(),
    ]
    apply([Received(list(bad), CONNECTOR, STOLEN, at(1_000))], at=at(1_000))


def test_a_quarantined_key_has_said_nothing_once_it_is_folded_again(stolen: Credential) -> None:
    two_claims()
    assert Transaction.objects.count() == 2
    stolen.quarantined_at = clock.now()
    stolen.save()

    assert refold(Selection(credential_id=STOLEN), at=at(1_001)) == 3

    assert list(Transaction.objects.values_list("current_step", flat=True)) == ["submitted"]
    assert list(Step.objects.values_list("step", flat=True)) == ["submitted"]
    assert TransactionKey.objects.count() == 2  # the claim's own key and its account


def test_lifting_the_quarantine_brings_all_of_it_back(stolen: Credential) -> None:
    two_claims()
    before = snapshot()
    stolen.quarantined_at = clock.now()
    stolen.save()
    refold(Selection(connector_id=CONNECTOR), at=at(1_001))
    assert snapshot() != before

    stolen.quarantined_at = None
    stolen.save()
    refold(Selection(connector_id=CONNECTOR), at=at(1_002))

    assert snapshot() == before


@pytest.mark.parametrize(
    ("words", "events"),
    [
        (["--workflow", "claim"], 4),
        (["--workflow", "charge"], 0),
        (["--connector", "clearinghouse"], 4),
        (["--since", "2026-03-02T09:30:00Z"], 2),
        (["--until", "2026-03-02T09:30:00Z"], 2),
    ],
)
def test_the_command_folds_what_was_chosen(
    words: list[str], events: int, capsys: pytest.CaptureFixture[str]
) -> None:
    two_claims()
    before = snapshot()

    call_command("refold", *words)

    assert capsys.readouterr().out == f"{events} events folded again.\n"
    assert snapshot() == before


def test_the_command_refuses_names_that_are_not_there_and_times_without_a_zone() -> None:
    with pytest.raises(CommandError, match="There is no connector nobody"):
        call_command("refold", "--connector", "nobody")
    with pytest.raises(CommandError, match="--since needs a zone"):
        call_command("refold", "--since", "2026-03-02T00:00:00")


def test_one_transaction_can_be_folded_again() -> None:
    two_claims()
    first = Transaction.objects.order_by("id").first()
    assert first is not None

    assert refold(Selection(transactions=(first.id,)), at=at(1_001)) == first.facts
