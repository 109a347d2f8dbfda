"""Keep the latest sign of life of every stream of a connector."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from integrations.ingest.auth import Sender

# The latest counts, whatever the order of arrival.
UPSERT = """
INSERT INTO heartbeat AS h (connector_id, stream, at, received_at, expects_per_hour)
SELECT %(connector_id)s, s.stream, s.at, %(received_at)s, s.expects
  FROM unnest(%(streams)s::text[], %(ats)s::timestamptz[], %(expects)s::float8[]) AS s (stream, at, expects)
ON CONFLICT (connector_id, stream) DO UPDATE
   SET at = EXCLUDED.at, received_at = EXCLUDED.received_at,
       expects_per_hour = coalesce(EXCLUDED.expects_per_hour, h.expects_per_hour)
 WHERE h.at <= EXCLUDED.at
"""


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life."""

    stream: str
    at: datetime
    expects_per_hour: float | None


def record_heartbeats(sender: Sender, beats: Sequence[Beat], at: datetime) -> None:
    """Store signs of life, which come sorted by stream so that two requests never wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute(
            UPSERT,
            {
                "connector_id": sender.connector_id,
                "received_at": at,
                "streams": [beat.stream for beat in beats],
                "ats": [beat.at for beat in beats],
                "expects": [beat.expects_per_hour for beat in beats],
            },
        )
