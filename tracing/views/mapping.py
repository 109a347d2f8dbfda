"""Say what one code means: first what that would move, then, if somebody goes on, move it."""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, code_kinds
from integrations.models import BEGINNING
from integrations.queries.facilities import Place, facilities_in
from integrations.queries.reference import Wanted, entities_in
from integrations.reference.crosswalk import Named, departments_of
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from tracing import words
from tracing.deciding import may_decide
from tracing.declarations import latest
from tracing.mapping_files import NOT_OURS_SAID, REFUSED, CannotRead, change_of, stays
from tracing.queries.crosswalk import CodeKnown, MeaningSeen, code_known, meanings_of
from tracing.queries.unmapped import UnmappedSeen, unmapped
from tracing.storage import remap, remap_plan
from tracing.storage.remap_plan import Change, Moving, Plan

Context = dict[str, Any]
FIELDS = {"target": "target", "day": "from", "reason": "reason"}  # what is refused -> the field that says it
ENDED = "nothing"  # stands in the form for no target: what the code meant ends
MOST_OPTIONS = 300  # more are not chosen from a list: our code is written instead


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def change(request: PersonRequest, code_id: int) -> HttpResponse:
    """Say what one code means, something else, or nothing any more; what it meant otherwise stays."""
    seen = code_known(scope=request.scope.to(Permission.MANAGE_CATALOGUE), id=code_id)
    if seen is None or not may_decide(request.scope, Named(seen.kind, seen.authority, seen.code)):
        raise Http404
    at, errors = now(), dict[str, str]()
    believed = [
        each
        for each in meanings_of(scope=request.scope, id=code_id, day=at.date())
        if each.superseded_at is None
    ]
    said = {name: request.POST.get(name, "") for name in ("target", "from", "to", "owner", "reason")}
    plan: Plan | None = None
    if request.method == "POST":
        try:
            wanted = _change_of(request, seen, said)
        except CannotRead as exc:
            errors[FIELDS.get(exc.code, "target")] = REFUSED[exc.code]
        else:
            if request.POST.get("do") == "apply":
                remap.decide(wanted, by=request.user, at=at)
                return redirect("tracing:crosswalk-code", seen.id)
            plan = remap_plan.plan(wanted, at=at)
    else:
        said |= {"owner": seen.owner, **_as_it_is(believed, request.GET.get("from", ""), at.date())}
    page = _page(request, seen, believed, at.date()) | {
        "at": at,
        "said": said,
        "errors": errors,
        "plan": _plan(plan, facilities_in(scope=request.scope)) if plan else None,
    }
    return render(request, "tracing/map_code.html", {"page": page}, status=422 if errors else 200)


def grouped(found: list[UnmappedSeen]) -> list[Context]:
    """Return one row for each unmapped code, in the order of the most money in one workflow."""
    first = {row.id: n for n, row in reversed(list(enumerate(found)))}
    ordered = sorted(found, key=lambda row: first[row.id])
    return [_row(list(rows)) for _, rows in groupby(ordered, key=lambda row: row.id)]


def _page(request: PersonRequest, seen: CodeKnown, believed: list[MeaningSeen], today: date) -> Context:
    places = facilities_in(scope=request.scope.to(Permission.MANAGE_CATALOGUE))
    standing = grouped(unmapped(scope=request.scope, id=seen.id))
    options = _options(request, seen, places, today)
    fixed = [{"value": NOT_OURS_SAID, "label": "Not ours: leave it out"}]
    if believed:
        fixed.append({"value": ENDED, "label": "Nothing: what it meant ends"})
    return {
        "code": seen,
        "kind": code_kinds()[seen.kind].label,
        "zone": places[0].zone if places else "UTC",
        "standing": standing[0] if standing else None,
        "options": [*fixed, *options] if len(options) <= MOST_OPTIONS else None,
        "code_url": reverse("tracing:crosswalk-code", args=[seen.id]),
        "url": reverse("tracing:crosswalk-change", args=[seen.id]),
    }


def _as_it_is(believed: Iterable[MeaningSeen], first: str, today: date) -> dict[str, str]:
    """Return what holds from this day, to be corrected; with no such meaning, an empty form."""
    for each in believed:
        if first == each.valid_from.isoformat():
            return {
                "target": each.target or NOT_OURS_SAID,
                "from": "" if each.valid_from == BEGINNING else first,
                "to": each.valid_to.isoformat() if each.valid_to else "",
            }
    return {"from": today.isoformat()} if first == "today" else {}


def _change_of(request: PersonRequest, code: CodeKnown, said: dict[str, str]) -> Change:
    if not said["target"]:
        raise CannotRead("target")
    named = {"kind": code.kind, "authority": code.authority, "code": code.code}
    wanted = change_of({**named, **said, "target": "" if said["target"] == ENDED else said["target"]})
    if not may_decide(request.scope, wanted.named, wanted.target):
        raise CannotRead("not_yours")
    return wanted


def _options(request: PersonRequest, code: CodeKnown, places: Iterable[Place], today: date) -> list[Context]:
    if code.kind == FACILITY:
        return [{"value": place.code, "label": place.name} for place in places]
    if code.kind == DEPARTMENT:
        found_places = departments_of(code.authority).order_by("name")
        return [{"value": each.code, "label": each.name} for each in found_places]
    found = entities_in(
        scope=request.scope, today=today, kind=code.kind, wanted=Wanted(), limit=MOST_OPTIONS + 1
    )
    return [
        {"value": each.code, "label": f"{each.name} ({each.code})" if each.name != each.code else each.code}
        for each in found
    ]


def _row(rows: list[UnmappedSeen]) -> Context:
    one = rows[0]
    return {
        "id": one.id,
        "url": reverse("tracing:crosswalk-code", args=[one.id]),
        "kind": code_kinds()[one.kind].label,
        "authority": one.authority,
        "code": one.code,
        "owner": one.owner,
        "facilities": ", ".join(sorted({row.facility for row in rows})),
        "connectors": ", ".join(sorted({name for row in rows for name in row.connectors})),
        "events": sum(row.events for row in rows),
        "first_at": min(row.first_at for row in rows),
        "last_at": max(row.last_at for row in rows),
        "worth": [{"n": row.transactions, "amount": row.amount, **_followed(row.workflow)} for row in rows],
    }


def moves(moving: Iterable[Moving], places: Iterable[Place]) -> list[Context]:
    """Return what would move as rows of tracing/_moves.html, facilities by their names."""
    names = {place.code: place.name for place in places}
    return [
        {
            "was": names.get(each.was or "", each.was or "none"),
            "now": names.get(each.now or "", each.now or "none"),
            "events": each.events,
            "n": each.transactions,
            "amount": each.amount,
            **_followed(each.workflow),
        }
        for each in moving
    ]


def _followed(name: str) -> Context:
    """Return what a workflow is called, and on which basis its amounts are."""
    workflow = latest(name)
    return {"workflow": workflow.title, "basis": words.basis(workflow.amount)}


def _plan(plan: Plan, places: Iterable[Place]) -> Context:
    return {
        "changes": plan.changes,
        "stays": stays(plan.wordless) if plan.wordless else "",
        "rows": moves(plan.moving, places),
    }
