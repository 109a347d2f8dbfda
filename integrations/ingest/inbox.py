"""The durable hand-over: one request's records become one committed row, which is also its receipt."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection

from integrations.ingest import failpoints
from integrations.ingest.auth import Sender
from integrations.ingest.records import FORMAT, Packed
from observability.core.ids import uuid7
from observability.core.partitions import ensure_days

INSERT = """
INSERT INTO inbox (received_on, id, received_at, connector_id, credential_id, signal, format, blob, items,
                   rejected, dropped)
VALUES (%s, %s, %s, %s, %s, %s, %s, %b, %s, %s, %s)
"""


def put(
    sender: Sender,
    signal: str,
    records: Packed,
    *,
    items: int,
    rejected: Mapping[str, int],
    dropped: Mapping[str, int],
    at: datetime,
) -> UUID:
    """Store one request and commit; return its receipt. On django.db.Error nothing is stored.

    `items` is how many of what was sent are kept: a span that is a step makes two records.
    """
    failpoints.hit("store")
    receipt = uuid7()
    row = (
        at.date(), receipt, at, sender.connector_id, sender.credential_id, signal, FORMAT, records.blob,
        items, json.dumps(dict(rejected)), json.dumps(dict(dropped)),
    )  # fmt: skip
    try:
        _insert(row)
    except IntegrityError:
        # No partition for the day: the drain makes them ahead, but the first request of a new
        # installation comes before the first drain. Another request may just have made it.
        ensure_days("inbox", [at.date()], by_date=True)
        _insert(row)
    return receipt


def _insert(row: tuple[Any, ...]) -> None:
    connection.ensure_connection()
    # Django's own cursor writes bytes into the statement as hexadecimal text: twice the body, twice over.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        cursor.execute(INSERT, row)
