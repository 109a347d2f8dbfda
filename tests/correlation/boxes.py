"""Inbox rows as the edge writes them, for tests of the drain."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from integrations.ingest.records import FORMAT, Event, encode
from observability.core import clock, partitions
from observability.core.ids import uuid7
from tests.correlation.speech import CONNECTOR, CREDENTIAL

INSERT = """
    INSERT INTO inbox (received_on, id, received_at, connector_id, credential_id, signal, format, blob, items)
    VALUES (%s, %s, %s, %s, %s, 'events', %s, %s, %s)
"""


def put(events: Iterable[Event], *, at: datetime | None = None, connector: int = CONNECTOR) -> UUID:
    """Write one row; return its receipt."""
    records = list(events)
    return put_blob(encode(records), items=len(records), at=at, connector=connector)


def put_blob(blob: bytes, *, items: int = 1, at: datetime | None = None, connector: int = CONNECTOR) -> UUID:
    """Write one row with any blob."""
    when, receipt = at or clock.now(), uuid7()
    partitions.ensure_days("inbox", [when.date()], by_date=True)
    with connection.cursor() as cursor:
        cursor.execute(INSERT, [when.date(), receipt, when, connector, CREDENTIAL, FORMAT, blob, items])
    return receipt
