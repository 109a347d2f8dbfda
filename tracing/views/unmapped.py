"""The worklist of codes that nobody has mapped, and mapping one in place, with its plan first."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, code_kinds
from integrations.models import ReferenceEntity
from integrations.queries.facilities import Place, facilities_in
from integrations.reference.crosswalk import Target, departments_of
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.filters import active, select
from observability.core.htmx import render_page
from tracing.declarations import latest
from tracing.mapping_files import NOT_OURS_SAID, REFUSED, CannotRead, change_of, stays
from tracing.queries.unmapped import ChangeSeen, UnmappedSeen, changes, counted_at, stands_at, unmapped
from tracing.storage import remap, remap_plan
from tracing.storage.remap_plan import Change, Plan

Context = dict[str, Any]
FIELDS = {"target": "target", "day": "from", "reason": "reason"}  # what is refused -> the field that says it


@require(Permission.SEE_CATALOGUE)
@require_GET
def worklist(request: PersonRequest) -> HttpResponse:
    """List the codes that nobody has mapped, by the money that depends on them."""
    at = now()
    places = facilities_in(scope=request.scope)
    kind = request.GET.get("kind", "")
    kind = kind if kind in code_kinds() else ""
    rows = _grouped(unmapped(scope=request.scope, kind=kind))
    order = "oldest" if request.GET.get("order") == "oldest" else ""
    if order:
        rows.sort(key=lambda row: row["first_at"])
    fields = [
        select("kind", "Kind", kind, [(each.name, each.plural) for each in code_kinds().values()]),
        select("order", "Order", order, [("oldest", "Oldest first")]) | {"blank": "Most money first"},
    ]
    page = {
        "at": counted_at(scope=request.scope) or at,
        "zone": places[0].zone if places else "UTC",
        "rows": rows,
        "fields": fields,
        "active": active(fields, reverse("tracing:unmapped")),
        "changes": [_change(each) for each in changes(scope=request.scope)],
        "manages": request.scope.allows(Permission.MANAGE_CATALOGUE),
    }
    return render_page(request, "tracing/unmapped.html", {"page": page}, fragment="unmapped")


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def map_code(request: PersonRequest, code_id: int) -> HttpResponse:
    """Say what one code means: first what that would move, then, if somebody goes on, move it."""
    found = unmapped(scope=request.scope.to(Permission.MANAGE_CATALOGUE), id=code_id)
    decides = all(_may(request, id) for id in stands_at(scope=request.scope, id=code_id))
    if not found or not decides:
        raise Http404
    at, errors = now(), dict[str, str]()
    said = {name: request.POST.get(name, "") for name in ("target", "from", "to", "owner", "reason")}
    plan: Plan | None = None
    if request.method == "POST":
        try:
            change = _change_of(request, found[0], said)
        except CannotRead as exc:
            errors[FIELDS.get(exc.code, "target")] = REFUSED[exc.code]
        else:
            if request.POST.get("do") == "apply":
                remap.decide(change, by=request.user, at=at)
                return redirect("tracing:unmapped")
            plan = remap_plan.plan(change, at=at)
    else:
        said["owner"] = found[0].owner
    places = facilities_in(scope=request.scope.to(Permission.MANAGE_CATALOGUE))
    page = {
        "row": _grouped(found)[0],
        "zone": places[0].zone if places else "UTC",
        "at": at,
        "said": said,
        "errors": errors,
        "options": [{"value": NOT_OURS_SAID, "label": "Not ours: leave it out"}, *_options(found[0], places)],
        "plan": _plan(plan, places) if plan else None,
    }
    return render(request, "tracing/map_code.html", {"page": page}, status=422 if errors else 200)


def _may(request: PersonRequest, facility_id: int) -> bool:
    return request.scope.allows_at(Permission.MANAGE_CATALOGUE, facility_id)


def _change_of(request: PersonRequest, code: UnmappedSeen, said: dict[str, str]) -> Change:
    if not said["target"]:
        raise CannotRead("target")
    change = change_of({"kind": code.kind, "authority": code.authority, "code": code.code, **said})
    target = change.target or Target()
    if target.facility_id is not None and not _may(request, target.facility_id):
        raise CannotRead("target")
    return change


def _options(code: UnmappedSeen, places: Iterable[Place]) -> list[Context]:
    if code.kind == FACILITY:
        return [{"value": place.code, "label": place.name} for place in places]
    if code.kind == DEPARTMENT:
        found_places = departments_of(code.authority).order_by("name")
        return [{"value": each.code, "label": each.name} for each in found_places]
    found = ReferenceEntity.objects.filter(kind=code.kind).order_by("code")
    return [{"value": each.code, "label": each.code} for each in found]


def _grouped(found: list[UnmappedSeen]) -> list[Context]:
    """Return one row for each code, in the order of the most money in one workflow."""
    first = {row.id: n for n, row in reversed(list(enumerate(found)))}
    ordered = sorted(found, key=lambda row: first[row.id])
    return [_row(list(rows)) for _, rows in groupby(ordered, key=lambda row: row.id)]


def _row(rows: list[UnmappedSeen]) -> Context:
    one = rows[0]
    return {
        "id": one.id,
        "url": reverse("tracing:map-code", args=[one.id]),
        "kind": code_kinds()[one.kind].label,
        "authority": one.authority,
        "code": one.code,
        "owner": one.owner,
        "facilities": ", ".join(sorted({row.facility for row in rows})),
        "connectors": ", ".join(sorted({name for row in rows for name in row.connectors})),
        "events": sum(row.events for row in rows),
        "first_at": min(row.first_at for row in rows),
        "last_at": max(row.last_at for row in rows),
        "worth": [
            {"workflow": latest(row.workflow).title, "n": row.transactions, "amount": row.amount}
            for row in rows
        ],
    }


def _plan(plan: Plan, places: Iterable[Place]) -> Context:
    names = {place.code: place.name for place in places}
    return {
        "changes": plan.changes,
        "stays": stays(plan.wordless) if plan.wordless else "",
        "rows": [
            {
                "was": names.get(each.was or "", each.was or "none"),
                "now": names.get(each.now or "", each.now or "none"),
                "workflow": latest(each.workflow).title,
                "events": each.events,
                "n": each.transactions,
                "amount": each.amount,
            }
            for each in plan.moving
        ],
    }


def _change(seen: ChangeSeen) -> Context:
    return {
        "code": seen.code,
        "kind": code_kinds()[seen.kind].label,
        "authority": seen.authority,
        "who": seen.who or "the shell",
        "reason": seen.reason,
        "at": seen.at,
        "events": seen.events,
        "staying": seen.staying,
        "done": seen.finished_at is not None,
    }
