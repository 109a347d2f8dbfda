"""The worklist of codes that nobody has mapped, and what the latest mappings moved."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.catalogue.code_kinds import code_kinds
from integrations.queries.facilities import facilities_in
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.filters import active, select
from observability.core.htmx import render_page
from tracing.queries.unmapped import ChangeSeen, changes, counted_at, unmapped
from tracing.views.mapping import grouped

Context = dict[str, Any]


@require(Permission.SEE_CATALOGUE)
@require_GET
def worklist(request: PersonRequest) -> HttpResponse:
    """List the codes that nobody has mapped, by the money that depends on them."""
    at = now()
    places = facilities_in(scope=request.scope)
    kind = request.GET.get("kind", "")
    kind = kind if kind in code_kinds() else ""
    rows = grouped(unmapped(scope=request.scope, kind=kind))
    order = "oldest" if request.GET.get("order") == "oldest" else ""
    if order:
        rows.sort(key=lambda row: row["first_at"])
    fields = [
        select("kind", "Kind", kind, [(each.name, each.plural) for each in code_kinds().values()]),
        select("order", "Order", order, [("oldest", "Oldest first")]) | {"blank": "Most money first"},
    ]
    counted = counted_at(scope=request.scope)
    page = {
        "at": counted or at,
        "counted": counted is not None,
        "kind": kind,
        "zone": places[0].zone if places else "UTC",
        "rows": rows,
        "fields": fields,
        "active": active(fields, reverse("tracing:unmapped")),
        "changes": [changed(each) for each in changes(scope=request.scope)],
    }
    return render_page(request, "tracing/unmapped.html", {"page": page}, fragment="unmapped")


def changed(seen: ChangeSeen) -> Context:
    """Return one line of a table of changes."""
    return {
        "url": reverse("tracing:crosswalk-code", args=[seen.id]),
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
