"""The page of one transaction, and showing its identifiers in clear."""

import math
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from observability.accounts import audit, reveals
from observability.accounts.acts_link import acts_url
from observability.accounts.guard import PersonRequest, require
from observability.accounts.looks import note_look
from observability.accounts.roles import Permission
from observability.core import display
from observability.core.clock import now
from observability.core.htmx import render_page
from tracing import detail, what_is_left
from tracing.declarations import latest
from tracing.known_as import Clear
from tracing.merging import Attempt
from tracing.queries.history import survivor
from tracing.queries.keys import keys_of
from tracing.queries.moves import moved_to
from tracing.queries.purged import Left, left_of
from tracing.queries.transaction import One, one
from tracing.views.search import recalled

TOO_SHORT = f"Write at least {audit.MIN_REASON} characters: somebody may ask later what it was for."
TOO_MANY = (
    "You have shown {} transactions in the last hour, as many as is allowed. The next is possible at {}."
)


@require(Permission.SEE_TRANSACTIONS)
@require_GET
def transaction(request: PersonRequest, transaction_id: UUID) -> HttpResponse:
    """Show where one transaction stands; one outside the scope is as absent as one that never was.

    Of one whose time was up it shows what is left.
    """
    at = now()
    of = one(scope=request.scope, id=transaction_id, at=at)
    if of is not None:
        return show(request, of, at)
    left = left_of(scope=request.scope, id=transaction_id)
    if left is not None:
        _note_view(request, left, at)
        return render(request, "tracing/purged.html", {"left": what_is_left.page(left, at)})
    merged = survivor(scope=request.scope, id=transaction_id, at=at)
    went = merged.id if merged else moved_to(scope=request.scope, id=transaction_id)
    if went is None:
        raise Http404
    return redirect("tracing:transaction", went)


@require(Permission.REVEAL)
@require_POST
def reveal(request: PersonRequest, transaction_id: UUID) -> HttpResponse:
    """Show the identifiers of one transaction in clear for a while, for a reason that goes on record."""
    at = now()
    of = one(scope=request.scope, id=transaction_id, at=at)
    if of is None:
        raise Http404
    try:
        reveals.reveal(
            scope=request.scope,
            user=request.user,
            transaction_id=of.id,
            facility_id=of.facility_id,
            domain=latest(of.workflow).domain,
            reason=request.POST.get("reason", ""),
            at=at,
            tokens=_tokens(request, of),
        )
    except audit.ReasonTooShort:
        return show(request, of, at, error=TOO_SHORT)
    except reveals.TooManyReveals as exc:
        when = display.local(exc.next_at, of.zone, "time")
        return show(request, of, at, error=TOO_MANY.format(settings.REVEALS_PER_HOUR, when))
    return HttpResponseRedirect(address(request, "tracing:transaction", of))


def address(request: PersonRequest, name: str, of: One) -> str:
    """Return an address of this transaction that still knows the search it was found by."""
    reference = request.GET.get("search")
    return reverse(name, args=[of.id]) + (f"?{urlencode({'search': reference})}" if reference else "")


def _tokens(request: PersonRequest, of: One) -> set[UUID]:
    """Return what the transaction is known by, so that a pasted identifier finds who looked at it."""
    return {key.token for key in keys_of(scope=request.scope.to(Permission.SEE_TRANSACTIONS), of=of)}


def _note_view(request: PersonRequest, of: One | Left, at: datetime) -> None:
    note_look(
        audit.Act.TRANSACTION_VIEWED,
        user=request.user,
        object_type="transaction",
        object_id=of.id,
        at=at,
        mentions=lambda: _tokens(request, of) if isinstance(of, One) else (),
        facility_ids=[of.facility_id],
    )


def show(
    request: PersonRequest,
    of: One,
    at: datetime,
    *,
    error: str = "",
    attempt: Attempt | None = None,
) -> HttpResponse:
    """Answer with the page; `error` is what went wrong with showing it in clear."""
    _note_view(request, of, at)
    pasted, readings = recalled(request)
    domain = latest(of.workflow).domain
    allowed = request.scope.allows_at(Permission.REVEAL, of.facility_id, domain)
    active = reveals.active_reveal(user=request.user, transaction_id=of.id, at=at) if allowed else None
    until = active.expires_at if active else None
    tokens = frozenset(readings.tokens) if readings else frozenset[UUID]()
    # What a person may read here is what they may read on the page itself, whichever door they came by.
    scope = request.scope.to(Permission.SEE_TRANSACTIONS)
    txn = detail.page(scope=scope, of=of, clear=Clear(until=until, pasted=pasted, tokens=tokens), at=at)
    txn["audit_url"] = acts_url(request.scope, about=f"transaction:{of.id}")
    txn["reveal"] = {
        "allowed": allowed,
        "url": address(request, "tracing:reveal", of),
        "page_url": address(request, "tracing:transaction", of),
        "until": until,
        "left": display.duration(math.ceil((until - at).total_seconds())) if until else "",
        # A second more, so that the page that comes then is surely masked.
        "seconds": math.ceil((until - at).total_seconds()) + 1 if until else 0,
        "error": error,
        "reason": request.POST.get("reason", "") if error else "",
    }
    tried = attempt or Attempt()
    txn["renaming"]["attempt"] = tried
    return render_page(
        request,
        "tracing/transaction.html",
        {"txn": txn},
        fragment="transaction",
        status=422 if error or tried.error else 200,
    )
