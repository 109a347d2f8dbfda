"""The audit as a file: CSV for people, FHIR AuditEvents (one JSON object a line) for machines."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.http import StreamingHttpResponse

from integrations.queries.facilities import Place
from observability.accounts.scopes import Scope
from observability.auditing.fhir import audit_event
from observability.auditing.queries.rows import Asked, AuditSeen, Many, rows_in
from observability.core import downloads
from observability.core.spreadsheet import csv_lines

FORMS = {"csv": "CSV", "fhir": "FHIR AuditEvents"}
BATCH = 1_000
COLUMNS = (
    "row", "at (UTC)", "who", "name", "kind", "roles", "act", "outcome", "object", "object id", "why",
    "changes", "facilities", "address", "session", "request", "trace", "hash",
)  # fmt: skip


def as_stream(
    form: str, *, scope: Scope, asked: Asked, many: Many, places: Sequence[Place], at: datetime
) -> StreamingHttpResponse:
    """Return the rows that were counted as a file of `form`; rows that come meanwhile are not among them."""
    rows = _rows(scope, asked, many)
    name = f"audit-{at:%Y-%m-%d}"
    if form == "csv":
        codes = {place.id: place.code for place in places}
        lines = csv_lines(COLUMNS, (_columns(row, codes) for row in rows))
        return downloads.as_streamed_file(lines, name=f"{name}.csv", content_type="text/csv; charset=utf-8")
    events = (json.dumps(audit_event(row, installation=settings.INSTALLATION)) + "\n" for row in rows)
    return downloads.as_streamed_file(events, name=f"{name}.ndjson", content_type="application/fhir+ndjson")


def _rows(scope: Scope, asked: Asked, many: Many) -> Iterator[AuditSeen]:
    edge: int | None = None
    while True:
        batch = rows_in(scope=scope, asked=asked, edge=edge, newest=many.newest, limit=BATCH)
        yield from batch
        if len(batch) < BATCH:
            return
        edge = batch[-1].seq


def _columns(row: AuditSeen, codes: dict[int, str]) -> Sequence[object]:
    return (
        row.seq, row.at.astimezone(UTC).isoformat(timespec="microseconds"), row.actor, row.name,
        row.actor_type, row.role, row.act, row.outcome, row.object_type, row.object_id, row.reason,
        "" if row.changes is None else json.dumps(row.changes, sort_keys=True),
        " ".join(codes[id] for id in row.facility_ids if id in codes), row.source_ip, row.session_hash,
        row.request_id, row.trace_id, row.hash,
    )  # fmt: skip
