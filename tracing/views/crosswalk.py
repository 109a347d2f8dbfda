"""The crosswalk: which codes of others are known, and what one of them means and meant."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.catalogue.code_kinds import code_kinds
from integrations.queries.facilities import facilities_in
from integrations.reference.crosswalk import Named
from integrations.views.reference import day_words
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.cursors import BadCursor, decode, encode
from observability.core.filters import active, query, select, text
from observability.core.htmx import render_page
from tracing.deciding import may_decide
from tracing.queries.crosswalk import (
    CodeListed,
    MeaningSeen,
    Wanted,
    code_known,
    codes_on,
    meanings_of,
    numbered,
)
from tracing.queries.unmapped import changes, unmapped
from tracing.views.mapping import grouped
from tracing.views.unmapped import changed

Context = dict[str, Any]
PAGE = 50
CURSOR = "crosswalk"
STATES = {"mapped": "Mapped on that day", "unmapped": "Not mapped on that day"}
ELSEWHERE = "another facility"


@require(Permission.SEE_CATALOGUE)
@require_GET
def codes(request: PersonRequest) -> HttpResponse:
    """List codes and what each means on a day."""
    at = now()
    day = _day(request.GET.get("day", "")) or at.date()
    wanted = _wanted(request.GET)
    fields = _filters(wanted, "" if day == at.date() else day.isoformat())
    found = codes_on(scope=request.scope, day=day, wanted=wanted, after=_after(request.GET), limit=PAGE + 1)
    rows, places = found[:PAGE], facilities_in(scope=request.scope)
    last = (rows[-1].kind, rows[-1].authority, rows[-1].code) if rows else ("", "", "")
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "day": day_words(day, empty=""),
        "fields": fields,
        "active": active(fields, reverse("tracing:crosswalk")),
        "manages": request.scope.allows(Permission.MANAGE_CATALOGUE),
        "rows": [_row(each) for each in rows],
        "next_url": query(fields, after=encode(CURSOR, last)) if len(found) > PAGE else None,
    }
    return render_page(request, "tracing/crosswalk.html", {"page": page}, fragment="crosswalk")


@require(Permission.SEE_CATALOGUE)
@require_GET
def code(request: PersonRequest, code_id: int) -> HttpResponse:
    """Show one code: what it means on which days, what was believed before, and what its changes moved."""
    at = now()
    seen = code_known(scope=request.scope, id=code_id)
    if seen is None:
        raise Http404
    said = meanings_of(scope=request.scope, id=code_id, day=at.date())
    standing = grouped(unmapped(scope=request.scope, id=code_id))
    places = facilities_in(scope=request.scope)
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "code": seen,
        "kind": code_kinds()[seen.kind],
        "authority": authority_words(seen.authority),
        "url": reverse("tracing:crosswalk-change", args=[seen.id]),
        "now": [_meaning(each) for each in said if each.superseded_at is None][::-1],
        "before": [_meaning(each) for each in said if each.superseded_at is not None],
        "standing": standing[0] if standing else None,
        "numbered": numbered(scope=request.scope, of=seen, day=at.date()),
        "changes": [changed(each) for each in changes(scope=request.scope, code_id=code_id)],
        "manages": may_decide(request.scope, Named(seen.kind, seen.authority, seen.code)),
    }
    return render(request, "tracing/crosswalk_code.html", {"page": page})


def authority_words(authority: str) -> str:
    """Write who issues a code."""
    return "every facility" if authority == "*" else authority


def _row(seen: CodeListed) -> Context:
    return {
        "url": reverse("tracing:crosswalk-code", args=[seen.id]),
        "kind": code_kinds()[seen.kind].label,
        "authority": authority_words(seen.authority),
        "code": seen.code,
        "owner": seen.owner,
        "target": _target(seen) if seen.means else "",
        "first": day_words(seen.valid_from, empty="since ever") if seen.means else "",
        "last": day_words(seen.valid_to, empty="goes on") if seen.means else "",
        "events": seen.events,
    }


def _target(seen: CodeListed | MeaningSeen) -> Context:
    """Return our code and its name; a facility that one may not see is not named."""
    if seen.hides:
        return {"name": ELSEWHERE, "code": ""}
    if not seen.target:
        return {"name": "not ours", "code": ""}
    return {"name": seen.name or seen.target, "code": seen.target if seen.name != seen.target else ""}


def _meaning(seen: MeaningSeen) -> Context:
    return {
        "target": _target(seen),
        "asks": f"?from={seen.valid_from}",
        "first": day_words(seen.valid_from, empty="since ever"),
        "last": day_words(seen.valid_to, empty="goes on"),
        "reason": seen.reason,
        "made_at": seen.made_at,
        "made_by": seen.made_by or "the shell",
        "superseded_at": seen.superseded_at,
        "superseded_by": seen.superseded_by or "the shell",
    }


def _wanted(asked: QueryDict) -> Wanted:
    kind, state = asked.get("kind", ""), asked.get("state", "")
    return Wanted(
        kind=kind if kind in code_kinds() else "",
        authority=asked.get("authority", "").strip()[:40],
        owner=asked.get("owner", "").strip()[:120],
        text=asked.get("text", "").strip()[:120],
        state=state if state in STATES else "",
    )


def _filters(wanted: Wanted, day: str) -> list[Context]:
    kinds: Iterable[tuple[str, str]] = [(each.name, each.plural) for each in code_kinds().values()]
    return [
        text("text", "Code", wanted.text),
        select("kind", "Kind", wanted.kind, kinds),
        text("authority", "Authority", wanted.authority),
        text("owner", "Owner", wanted.owner),
        select("state", "State", wanted.state, STATES.items()),
        text("day", "Day", day) | {"type": "date"},
    ]


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _after(asked: QueryDict) -> tuple[str, str, str]:
    try:
        found = decode(CURSOR, asked.get("after", ""), size=3) if "after" in asked else ("", "", "")
    except BadCursor as exc:
        raise Http404 from exc
    return found[0], found[1], found[2]
