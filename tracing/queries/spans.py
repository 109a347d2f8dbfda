"""What did the systems do in the traces of a transaction?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.keys import TraceSeen
from tracing.queries.transaction import One
from tracing.queries.within import may_read

# A trace may begin before its first event and go on after its last one; its spans are looked for so near.
AROUND = timedelta(hours=6)
MOST_WINDOWS = 3  # each is a statement of its own

# Bound in time, so that only a few days' partitions are looked into, each by its index on trace_id.
# A trace id can be repeated by anybody: what connectors of other facilities say under it is not read.
# Of an event that came twice with different content one is read: the later end, then the greater hash.
SPANS = """
    SELECT DISTINCT ON (s.event_id)
           s.trace_id, s.event_id, s.span_id, s.parent_id, s.started_at, s.ended_at, s.kind, s.name,
           s.service, s.status, s.message
      FROM span s
     WHERE s.trace_id = ANY(%(trace_ids)s::uuid[])
       AND s.started_at >= %(since)s AND s.started_at < %(until)s
       AND s.credential_id <> ALL (SELECT id FROM credential WHERE quarantined_at IS NOT NULL)
       AND s.connector_id = ANY (SELECT connector_id FROM connector_facilities
                                  WHERE facility_id = %(facility_id)s)
     ORDER BY s.event_id, s.ended_at DESC, s.content_hash DESC
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class SpanSeen:
    """One technical operation, or one log record (kind 100)."""

    trace_id: UUID
    event_id: UUID
    span_id: bytes
    parent_id: bytes | None
    started_at: datetime
    ended_at: datetime
    kind: int
    name: str
    service: str
    status: int
    message: str | None


def spans_of(*, scope: Scope, of: One, traces: Sequence[TraceSeen], limit: int = 1_000) -> list[SpanSeen]:
    """Return the spans of the traces of a transaction, oldest first."""
    found: list[SpanSeen] = []
    if not may_read(scope, of):
        return found
    for since, until, trace_ids in _windows(traces):
        params = {
            "trace_ids": trace_ids,
            "since": since,
            "until": until,
            "facility_id": of.facility_id,
            "limit": limit - len(found),
        }
        found += fetch_all(SpanSeen, SPANS, params)
        if len(found) >= limit:
            break
    return sorted(found, key=lambda span: (span.started_at, span.event_id))


def _windows(traces: Sequence[TraceSeen]) -> list[tuple[datetime, datetime, list[UUID]]]:
    """Put traces that overlap in time into one window: a claim and its payment are weeks apart."""
    windows: list[tuple[datetime, datetime, list[UUID]]] = []
    for trace in sorted(traces, key=lambda trace: trace.first_at):
        since, until = trace.first_at - AROUND, trace.last_at + AROUND
        if windows and (since <= windows[-1][1] or len(windows) == MOST_WINDOWS):
            first, last, ids = windows[-1]
            windows[-1] = (first, max(last, until), [*ids, trace.trace_id])
        else:
            windows.append((since, until, [trace.trace_id]))
    return windows
