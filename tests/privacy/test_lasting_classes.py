"""What the purge itself leaves behind, and names, go too: once nothing needs them any more."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from integrations.models import PurgeRun, RetentionLook
from integrations.retention.look import look
from kpis.models import KpiValue
from observability.accounts.models import AuditRow
from observability.core.db_roles import purging
from tests.build import build_transaction
from tests.build.retention import build_hold, purged
from tests.correlation.merging import renamed, restored
from tests.correlation.speech import DAY0, raw
from tests.correlation.test_merge_retention import YEARS_LATER, claim, told
from tests.kpis.build import MIDDAY
from tracing.models import KeyAlias, KeyAliasUndone, PurgedDay, Transaction, TransactionSummary

pytestmark = pytest.mark.django_db
MUCH_LATER = YEARS_LATER + timedelta(days=2_600)


def names_at(at: datetime) -> set[str]:
    """Purge names, and return which of the events that gave one are known still."""
    purged(at, "names")
    named = {UUID(bytes=raw("event", name)): name for name in "mnw"}
    return {named[id] for id in KeyAlias.objects.values_list("event_id", flat=True)}


def test_notes_of_purges_and_sizes_go_and_the_proof_in_the_audit_stays() -> None:
    (first,) = purged(DAY0, "receipts")
    PurgeRun.objects.create(data_class="spans", policy="1", cutoff=DAY0, started_at=DAY0)  # still under way
    look(at=DAY0)
    proofs = AuditRow.objects.count()
    later = DAY0 + timedelta(days=3_000)

    assert [run.counts for run in purged(later - timedelta(days=200), "runs")] == [{}]
    assert PurgeRun.objects.filter(pk=first.pk).exists()
    purged(later, "runs", "looks")

    assert not PurgeRun.objects.filter(pk=first.pk).exists()
    assert PurgeRun.objects.filter(data_class="spans").exists()
    assert not RetentionLook.objects.exists()
    assert AuditRow.objects.count() == proofs + 2


def test_a_frozen_day_thaws_only_when_nothing_is_left_to_count_or_to_show() -> None:
    claim, day = build_transaction(), MIDDAY.date()
    claim.started_at = MIDDAY
    claim.save()
    with purging():
        PurgedDay.objects.create(
            workflow="claim", facility_id=claim.facility_id or 0, day=day, transactions=1
        )
    figure = KpiValue.objects.create(
        kpi="K01", version=1, bucket=day, grain="facility", facility_id=claim.facility_id or 0, dim_value="",
        numerator=1, denominator=2, counts={"units": 2}, computed_at=MIDDAY,
    )  # fmt: skip
    at = MIDDAY + timedelta(days=2_600)

    purged(at, "frozen")
    assert PurgedDay.objects.exists()
    figure.delete()
    purged(at, "frozen")
    assert PurgedDay.objects.exists()
    claim.delete()
    purged(at, "frozen")
    assert not PurgedDay.objects.exists()


@pytest.mark.usefixtures("facility")
def test_names_go_when_nothing_is_known_by_them_and_never_come_into_force_again() -> None:
    told(*claim("C2"), renamed("m", "pcn:C1", "pcn:C2", 0), renamed("n", "pcn:C0", "pcn:C1", 0))
    told(renamed("w", "pcn:C8", "pcn:C9", 0), restored("u", "w"))
    purged(YEARS_LATER, "transactions")
    assert TransactionSummary.objects.count() == 1

    assert names_at(YEARS_LATER) == {"m", "n", "w"}
    assert names_at(MUCH_LATER - timedelta(days=100)) == {"m", "n"}  # by way of both the claim is recognised
    assert not KeyAliasUndone.objects.exists()

    purged(MUCH_LATER, "summaries")
    assert not TransactionSummary.objects.exists()
    assert names_at(MUCH_LATER) == set()


@pytest.mark.usefixtures("facility")
def test_a_name_that_a_transaction_is_read_by_stays_and_so_does_a_held_one() -> None:
    told(*claim("C1"), renamed("m", "pcn:C1", "pcn:C2", 0))
    told(renamed("w", "pcn:C8", "pcn:C9", 0))
    build_hold(DAY0, transaction_ids=(UUID(bytes=raw("txn", "claim", "C1/P")),))
    purged(MUCH_LATER, "transactions")

    assert names_at(MUCH_LATER) == {"m"}
    assert Transaction.objects.get().pk == UUID(bytes=raw("txn", "claim", "C2/P"))
