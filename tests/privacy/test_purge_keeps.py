"""What the purge of others must not take, and how it asks for that."""

import re
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from integrations.ingest.records import Event, Origin
from integrations.retention.look import look
from tests.build.retention import build_hold, purged
from tests.correlation.speech import DAY0, Said, key_of, raw
from tests.privacy.test_t47a_retention import YEARS_LATER, claim_id, here, keep, said
from tracing.models import Event as StoredEvent
from tracing.models import FallbackToken, Identifier

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("facility")]
LAST_RESORT = UUID(bytes=raw("token", "claim:C1"))


def test_the_purge_says_no_statement_that_a_cluster_cannot() -> None:
    keep(*said("C1", 0))
    build_hold(DAY0, transaction_ids=(claim_id("C2"),), facility_id=1)

    with CaptureQueriesContext(connection) as captured:
        look(at=YEARS_LATER)
        purged(YEARS_LATER)

    assert here() == set()
    of_a_cluster = re.compile(r"\b(RECURSIVE|LATERAL|MERGE|GROUPING SETS|DETACH)\b")
    assert not [each["sql"] for each in captured.captured_queries if of_a_cluster.search(each["sql"])]


def payment(day: float) -> Event:
    """A payment for the second payer's claim, which would go to the first's where that is all there is."""
    paid = Said("paid", None, "posted", 24 * day, via=("pcn:C1",), default="C1", type="payment.posted.v1")
    return msgspec.structs.replace(paid.event(), origin=Origin(fallbacks=(key_of("claim:C1"),)))


def test_the_seal_of_a_key_of_last_resort_stays_with_its_event_and_goes_with_it() -> None:
    keep(*said("C1", 0))
    keep(*said("C1-second", 600, keys=("pcn:C1",)), payment(601))  # type: ignore[arg-type]

    purged(YEARS_LATER, "transactions")

    assert here() == {claim_id("C1-second")}
    assert StoredEvent.objects.count() == 3
    assert Identifier.objects.filter(token=LAST_RESORT).exists()

    purged(YEARS_LATER + timedelta(days=900), "transactions")
    assert not StoredEvent.objects.exists()
    assert not Identifier.objects.exists()
    assert not FallbackToken.objects.exists()
