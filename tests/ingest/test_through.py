"""From the wire to the transaction: an event and a span of two systems are one charge; a receipt tells."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from integrations.ingest.credentials import issue_key
from integrations.ingest.records import micros
from integrations.models import Credential
from observability.core import clock
from tests.build.days import empty
from tests.ingest.otlp_requests import event, traces
from tests.ingest.posting import Poster, poster
from tests.ingest.test_steps import step
from tracing.models import Transaction
from tracing.storage.drain import drain
from tracing.storage.refold import Selection, refold

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_inbox(transactional_db: None) -> Iterator[None]:
    yield
    empty("inbox")  # no managed table: the end of a test leaves it alone


def receipt(post: Poster, receipt_id: str) -> dict[str, Any]:
    """Ask what became of a request."""
    answer = post.client.get(
        f"/api/v1/receipts/{receipt_id}", headers={"Authorization": f"Bearer {post.key}"}
    )
    return dict(json.loads(answer.content))


def test_an_event_and_a_span_are_one_charge_and_a_resend_is_a_duplicate() -> None:
    post = poster()
    captured = json.loads(post.events([event()]).content)["receipt"]
    spans = traces(step())
    posted = post.otlp("traces", spans)["Throughline-Receipt"]
    drain(seconds=30)

    (charge,) = Transaction.objects.all()
    assert (charge.workflow, charge.phase) == ("charge", "completed")
    told = receipt(post, captured)
    assert (told["status"], told["new"], told["duplicate"]) == ("applied", 1, 0)
    assert receipt(post, posted)["status"] == "applied"

    again = json.loads(post.events([event()]).content)["receipt"]
    drain(seconds=30)
    told = receipt(post, again)
    assert (told["status"], told["new"], told["duplicate"], told["conflict"]) == ("applied", 0, 1, 0)


def test_the_same_id_with_other_content_is_a_conflict() -> None:
    post = poster()
    post.events([event()])
    other = event(data={"charge_no": "C-1", "account_no": "A-1", "amount": "99.00"})
    later = json.loads(post.events([other]).content)["receipt"]
    drain(seconds=30)
    assert receipt(post, later)["conflict"] == 1


def test_what_a_stolen_key_overwrote_goes_with_its_quarantine() -> None:
    post = poster()
    stolen = replace(post, key=issue_key(post.connector, clock.now()).key)
    post.events([event()])
    drain(seconds=30)
    changed = event(data={"charge_no": "C-1", "amount": "9999.00"}, time="2026-03-03T12:00:00Z")
    stolen.events([changed])
    drain(seconds=30)
    assert Transaction.objects.get().amount == 9999

    Credential.objects.filter(prefix=stolen.key.partition(".")[0]).update(quarantined_at=clock.now())
    refold(Selection(), at=micros(clock.now()))

    assert not Transaction.objects.filter(amount=9999).exists()
