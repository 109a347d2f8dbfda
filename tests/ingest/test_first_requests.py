"""The first requests of a new installation, or of a day that nobody prepared, all find a place."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import connection

from integrations.ingest import inbox
from integrations.ingest.auth import Sender, sender_of
from integrations.ingest.credentials import issue_key
from integrations.ingest.records import Packed
from integrations.models import Inbox
from tests.build import build_connector
from tests.build.days import drop

AT = datetime(2031, 7, 4, 12, tzinfo=UTC)
TOGETHER = 6


@pytest.mark.django_db(transaction=True)
def test_requests_that_come_together_on_a_day_without_a_partition_are_all_stored() -> None:
    sender = sender_of(f"Bearer {issue_key(build_connector(), AT).key}")
    assert sender is not None
    failed = put_together(sender)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM inbox_20310704")
        stored = cursor.fetchone()
    drop("inbox_20310704")
    assert failed == []
    assert stored == (TOGETHER,)
    assert not Inbox.objects.exists()


def put_together(sender: Sender) -> list[Exception]:
    """Store rows from several threads at the same moment; return what went wrong."""
    gate = threading.Barrier(TOGETHER)
    failed: list[Exception] = []

    def put() -> None:
        try:
            connection.ensure_connection()
            gate.wait(60)
            inbox.put(sender, "events", Packed(), items=0, rejected={}, dropped={}, at=AT)
        except Exception as exc:  # noqa: BLE001 - the test asserts that there is none
            failed.append(exc)
        finally:
            connection.close()

    threads = [threading.Thread(target=put) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed
