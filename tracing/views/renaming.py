"""Merging numbers of a transaction by hand, and taking such a merge back."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from tracing import merging
from tracing.declarations import latest
from tracing.queries.history import renamed_of
from tracing.queries.keys import keys_of
from tracing.queries.transaction import One, one
from tracing.storage import by_hand
from tracing.views.detail import TOO_SHORT, address, show


@require(Permission.MERGE_KEYS)
@require_POST
def merge(request: PersonRequest, transaction_id: UUID) -> HttpResponse:
    """Merge one of its numbers into another, for a reason that goes on record."""
    at = now()
    of = _of(request, transaction_id, at)
    try:
        merging.merge(request.POST, scope=request.scope, user=request.user, of=of, at=at)
    except (audit.ReasonTooShort, by_hand.CannotRename) as exc:
        return show(request, of, at, attempt=merging.attempt_of(request.POST, _said(exc)))
    return HttpResponseRedirect(address(request, "tracing:transaction", of))


@require(Permission.MERGE_KEYS)
@require_POST
def restore(request: PersonRequest, transaction_id: UUID, event_id: UUID) -> HttpResponse:
    """Take back what an event said of the numbers of this transaction."""
    at = now()
    of = _of(request, transaction_id, at)
    tokens = {key.token for key in keys_of(scope=request.scope, of=of)}
    if event_id not in {row.event_id for row in renamed_of(scope=request.scope, of=of, tokens=tokens)}:
        raise Http404
    try:
        by_hand.restore(
            event_id,
            scope=request.scope,
            user=request.user,
            reason=request.POST.get("reason", ""),
            at=at,
        )
    except (audit.ReasonTooShort, by_hand.CannotRename) as exc:
        return show(request, of, at, attempt=merging.undo_of(event_id, _said(exc)))
    if one(scope=request.scope, id=of.id, at=at) is None:  # nothing was ever said of it but the merge
        return HttpResponseRedirect(reverse("tracing:transactions"))
    return HttpResponseRedirect(address(request, "tracing:transaction", of))


def _of(request: PersonRequest, transaction_id: UUID, at: datetime) -> One:
    """Return the transaction; where the right is not held, it is not there."""
    of = one(scope=request.scope, id=transaction_id, at=at)
    if of is None or not request.scope.allows_at(
        Permission.MERGE_KEYS, of.facility_id, latest(of.workflow).domain
    ):
        raise Http404
    return of


def _said(exc: Exception) -> str:
    return TOO_SHORT if isinstance(exc, audit.ReasonTooShort) else str(exc)
