"""What the register still asks for: findings, and what traffic names that nobody declared."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from integrations.catalogue import proposals
from integrations.catalogue.naming import title_of
from integrations.queries import register as queries
from integrations.queries import traffic
from integrations.queries.facilities import Place, facilities_in
from integrations.queries.register import FINDINGS
from integrations.queries.traffic import Proposal
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.cursors import BadCursor, decode, encode
from observability.core.htmx import render_page

Context = dict[str, Any]
PAGE = 50
DISMISSED_SHOWN = 50
CURSOR = "worklist"
TOO_SHORT = f"Write at least {audit.MIN_REASON} characters: somebody may ask later why it is not declared."
NOT_YOURS = "It was seen at facilities that you do not decide on."


@require(Permission.SEE_CATALOGUE)
@require_GET
def worklist(request: PersonRequest) -> HttpResponse:
    """List what is missing in the register, and what is seen in traffic but not in it."""
    at = now()
    places = facilities_in(scope=request.scope)
    coverage = queries.coverage_of(scope=request.scope, today=at.date())
    found = traffic.proposals_in(scope=request.scope, after=_after(request), limit=PAGE + 1)
    dismissed = traffic.proposals_in(scope=request.scope, dismissed=True, limit=DISMISSED_SHOWN + 1)
    last = found[PAGE - 1] if len(found) > PAGE else None
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "coverage": coverage,
        "percent": coverage.percent,
        "undeclared": traffic.undeclared_in(scope=request.scope),
        "counted_to": traffic.COUNTED_TO,
        "findings": [
            {
                "words": FINDINGS[each.finding],
                "n": each.n,
                "url": f"{reverse('integrations:catalogue')}?finding={each.finding}",
            }
            for each in queries.findings_in(scope=request.scope, today=at.date())
        ],
        "proposals": [_row(each, places) for each in found[:PAGE]],
        "next_url": f"?after={encode(CURSOR, (last.code, last.sort))}" if last else None,
        "dismissed": [_row(each, places) for each in dismissed[:DISMISSED_SHOWN]],
        "dismissed_more": len(dismissed) > DISMISSED_SHOWN,
    }
    return render_page(request, "integrations/worklist.html", {"page": page}, fragment="worklist")


@require(Permission.SEE_CATALOGUE)
@require_GET
def proposal(request: PersonRequest, sort: str, code: str) -> HttpResponse:
    """Show one name that traffic uses and nobody declared, to decide on it."""
    return _render(request, _seen(request, sort, code))


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def dismiss(request: PersonRequest, sort: str, code: str) -> HttpResponse:
    """Keep that it is not to be declared, and why."""
    seen = _seen(request, sort, code)
    said = request.POST.get("reason", "")
    try:
        proposals.dismiss(sort, code, reason=said, scope=request.scope, user=request.user, at=now())
    except audit.ReasonTooShort:
        return _render(request, seen, error=TOO_SHORT, reason=said)
    except proposals.NotYours:
        return _render(request, seen, error=NOT_YOURS, reason=said)
    messages.success(request, f"{code} is dismissed. You can propose it again below.", extra_tags="good")
    return redirect("integrations:worklist")


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def restore(request: PersonRequest, sort: str, code: str) -> HttpResponse:
    """Propose it again."""
    seen = _seen(request, sort, code)
    try:
        proposals.restore(sort, code, scope=request.scope, user=request.user, at=now())
    except proposals.NotYours:
        return _render(request, seen, error=NOT_YOURS)
    messages.success(request, f"{code} is proposed again.", extra_tags="good")
    return redirect("integrations:worklist")


def _seen(request: PersonRequest, sort: str, code: str) -> Proposal:
    """Return the name; one that is not seen in the scope, or is declared by now, is absent."""
    found = traffic.proposal_coded(scope=request.scope, sort=sort, code=code)
    if found is None:
        raise Http404
    return found


def _render(request: PersonRequest, seen: Proposal, *, error: str = "", reason: str = "") -> HttpResponse:
    at = now()
    places = facilities_in(scope=request.scope)
    lately = traffic.activity_of(scope=request.scope, entries=[(seen.sort, seen.code)], at=at)
    name = (seen.sort, seen.code)
    row = _row(seen, places)
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "row": row,
        "article": "a system" if seen.sort == "system" else "an interface",
        "facts": [
            {"label": "Records that name it", "value": seen.n, "kind": "number"},
            {
                "label": "In the last 7 days",
                "value": lately[name].week if name in lately else 0,
                "kind": "number",
            },
            {"label": "First seen", "value": seen.first_at, "kind": "moment"},
            {"label": "Last seen", "value": seen.last_at, "kind": "moment"},
            {"label": "Sent by", "value": ", ".join(seen.connectors)},
            {"label": "Seen at", "value": row["places"] or "its records name no facility"},
        ],
        "error": error,
        "reason": reason,
        "declare_url": f"{reverse('integrations:catalogue-new', args=[seen.sort])}?seen={seen.code}",
        "manages": request.scope.allows(Permission.MANAGE_CATALOGUE),
        "decides": proposals.may_decide(request.scope, seen.sort, seen.code),
    }
    status = 422 if error else 200
    return render_page(
        request, "integrations/proposal.html", {"page": page}, fragment="proposal", status=status
    )


def _row(seen: Proposal, places: list[Place]) -> Context:
    names = [place.name for place in places if place.id in seen.facility_ids]
    return {
        "url": reverse("integrations:proposal", args=[seen.sort, seen.code]),
        "code": seen.code,
        "sort": seen.sort,
        "connectors": ", ".join(seen.connectors),
        "places": ", ".join(names),
        "where": names[0] if len(names) == 1 else f"{len(names)} facilities" if names else "not said",
        "n": seen.n,
        "first_at": seen.first_at,
        "last_at": seen.last_at,
        "dismissed_at": seen.dismissed_at,
        "dismissed_by": seen.dismissed_by,
        "dismissed_for": seen.dismissed_for,
    }


def prefilled(request: PersonRequest, sort: str, code: str) -> dict[str, str]:
    """Return the form of an entry as traffic suggests it, for a name that is seen in the scope."""
    seen = _seen(request, sort, code)
    places = facilities_in(scope=request.scope)
    codes = sorted(place.code for place in places if place.id in seen.facility_ids)
    return {"code": seen.code, "name": title_of(seen.code), "facilities": ";".join(codes)}


def _after(request: PersonRequest) -> tuple[str, str]:
    try:
        code, sort = decode(CURSOR, request.GET["after"], size=2) if "after" in request.GET else ("", "")
    except BadCursor as exc:
        raise Http404 from exc
    return code, sort
