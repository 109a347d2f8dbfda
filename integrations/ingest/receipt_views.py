"""Receipts: is what I sent stored, applied, or set aside? The one thing a connector may read."""

import json
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.ingest.door import authenticated, guarded
from integrations.ingest.receipts import receipt_of
from integrations.ingest.refusal import Refusal
from integrations.ingest.refusal_problems import as_problem


@csrf_exempt
def receipt(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    """Tell what became of one request of the asking connector."""
    if request.method not in ("GET", "HEAD"):
        return as_problem(Refusal(405, "method_not_allowed", headers={"Allow": "GET, HEAD"}))
    return guarded(partial(_tell, request, receipt_id), as_problem)


def _tell(request: HttpRequest, receipt_id: UUID) -> HttpResponse:
    sender = authenticated(request)
    found = receipt_of(receipt_id, connector_id=sender.connector_id)
    if found is None:
        raise Refusal(404, "unknown_receipt")
    body: dict[str, object] = {
        "receipt": str(receipt_id),
        "status": found.status,
        "signal": found.signal,
        "received_at": found.received_at.isoformat(),
        "items": found.items,
        "rejected": json.loads(found.rejected),
    }
    if found.status == "applied":
        body |= {
            "new": found.new,
            "duplicate": found.duplicates,
            "conflict": found.conflicts,
            "orphan": found.orphans,
        }
    return HttpResponse(json.dumps(body), content_type="application/json")
