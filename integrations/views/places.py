"""The hierarchy on a day, and one place."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.models import BEGINNING, FacilityKind, PlaceKind
from integrations.queries import places as queries
from integrations.queries.facilities import facilities_in
from integrations.queries.places import PlaceChange, PlaceSeen
from integrations.queries.reference import FINDINGS
from integrations.reference import hierarchy, keeping
from integrations.views.reference import code_row, day_words
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.htmx import render_page

Context = dict[str, Any]
ORDER = [PlaceKind.NETWORK, PlaceKind.REGION, PlaceKind.FACILITY, PlaceKind.DEPARTMENT]
WHATS: Mapping[str, str] = {
    "moved": "moves into {}",
    "left": "leaves {}",
    "opened": "begins",
    "ended": "is gone",
    "renamed": "is called so; before: {}",
    "will be called": "will be called {}",
}


@require(Permission.SEE_CATALOGUE)
@require_GET
def places(request: PersonRequest) -> HttpResponse:
    """Show the tree as it is on a day, and what changed before or will after."""
    return shown(request)


def shown(
    request: PersonRequest, *, said: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> HttpResponse:
    """Render the page; `said` is a new place that was refused, `errors` the words beside its fields."""
    at = now()
    day = _day(request.GET.get("on", ""), at.date())
    zones = facilities_in(scope=request.scope)
    found = queries.places_on(scope=request.scope, day=day)
    changes = queries.place_changes(scope=request.scope, beginning=BEGINNING)
    page = {
        "at": at,
        "zone": zones[0].zone if zones else "UTC",
        "day": day,
        "day_words": day_words(day, empty="the beginning"),
        "is_today": day == at.date(),
        "rows": [row for row in _tree(found) if _asked(row["place"], request.GET)],
        "finding": FINDINGS.get(request.GET.get("finding", ""), ""),
        "counts": [{"label": kind.label, "n": sum(each.kind == kind for each in found)} for kind in ORDER],
        "later": [_change(each) for each in reversed(changes) if each.day > day],
        "earlier": [_change(each) for each in changes if each.day <= day],
        "kinds": [{"value": kind.value, "label": kind.label} for kind in ORDER],
        "cares": [{"value": kind.value, "label": kind.label} for kind in FacilityKind],
        "parents": _options(found),
        "manages": keeping.may_move(request.scope),
        "said": said or {},
        "errors": errors or {},
    }
    status = 422 if errors else 200
    return render_page(request, "integrations/places.html", {"page": page}, fragment="places", status=status)


def _asked(place: PlaceSeen, asked: QueryDict) -> bool:
    """Say whether a place has the finding that the address asks for, where it asks for one."""
    missing = {"no_owner": not place.owner, "no_steward": not place.steward}
    kind = asked.get("kind", "")
    return missing.get(asked.get("finding", ""), True) and kind in ("", place.kind)


def _tree(found: list[PlaceSeen]) -> list[Context]:
    """Return the places in the order of the tree, each with its depth. What is nowhere stands at the top."""
    below: dict[int | None, list[PlaceSeen]] = {}
    for each in found:
        below.setdefault(each.parent_id, []).append(each)
    tops = sorted(below.get(None, []), key=lambda each: ORDER.index(PlaceKind(each.kind)))
    rows: list[Context] = []
    waiting = [(each, 0) for each in reversed(tops)]
    while waiting:
        each, depth = waiting.pop()
        rows.append(
            {
                "place": each,
                "kind": PlaceKind(each.kind).label,
                "depth": depth,
                "url": reverse("integrations:place", args=[each.id]),
                "nowhere": depth == 0 and each.kind != PlaceKind.NETWORK,
                "until": day_words(each.valid_to, empty=""),
            }
        )
        waiting += [(child, depth + 1) for child in reversed(below.get(each.id, []))]
    return rows


def _change(each: PlaceChange) -> Context:
    return {
        "day": day_words(each.day, empty="since ever"),
        "name": each.name,
        "kind": PlaceKind(each.kind).label,
        "words": WHATS[each.what].format(each.detail),
        "url": reverse("integrations:place", args=[each.id]),
    }


def _options(found: list[PlaceSeen], kind: PlaceKind | None = None) -> list[dict[str, object]]:
    """Return the places that something may belong to: those that a place of `kind` may, or all."""
    fits = {above for key, each in hierarchy.PARENTS.items() if kind in (None, key) for above in each}
    names = {each.id: each.name for each in found}
    return [
        {
            "value": each.id,
            "label": f"{each.name} ({PlaceKind(each.kind).label}"
            + (f", {names[each.parent_id]})" if each.parent_id in names else ")"),
        }
        for each in found
        if each.kind in fits
    ]


@require(Permission.SEE_CATALOGUE)
@require_GET
def place(request: PersonRequest, place_id: int) -> HttpResponse:
    """Show one place: what it lies in today, what changes about it, and the verbs for who may."""
    at = now()
    seen = queries.place_seen(scope=request.scope, place_id=place_id)
    if seen is None:
        raise Http404
    zones = facilities_in(scope=request.scope)
    found = queries.places_on(scope=request.scope, day=at.date())
    here = next((each for each in found if each.id == place_id), None)
    by_id = {each.id: each for each in found}
    page = {
        "at": at,
        "zone": zones[0].zone if zones else "UTC",
        "place": seen,
        "kind": PlaceKind(seen.kind).label,
        "path": _path(here, by_id),
        "first": day_words(seen.valid_from, empty="since ever"),
        "last": day_words(seen.valid_to, empty="goes on"),
        "below": [
            {
                "name": each.name,
                "kind": PlaceKind(each.kind).label,
                "url": reverse("integrations:place", args=[each.id]),
            }
            for each in found
            if each.parent_id == place_id
        ],
        "changes": [
            _change(each)
            for each in queries.place_changes(scope=request.scope, beginning=BEGINNING, place_id=place_id)
        ],
        "codes": [code_row(each) for each in queries.codes_of_place(scope=request.scope, place_id=place_id)],
        "parents": _options(found, PlaceKind(seen.kind)),
        "parent": here.parent_id if here else None,
        "today": at.date().isoformat(),
        "manages": keeping.may_move(request.scope),
    }
    return render_page(request, "integrations/place.html", {"page": page}, fragment="place")


def _path(here: PlaceSeen | None, by_id: Mapping[int, PlaceSeen]) -> list[Context]:
    """Return what a place lies in, the highest first."""
    path: list[Context] = []
    above = by_id.get(here.parent_id) if here and here.parent_id else None
    while above is not None:
        path.insert(0, {"name": above.name, "url": reverse("integrations:place", args=[above.id])})
        above = by_id.get(above.parent_id) if above.parent_id else None
    return path


def _day(said: str, today: date) -> date:
    """Return the day that an address asks for; today where it asks for none that can be read."""
    try:
        return max(date.fromisoformat(said), BEGINNING)
    except ValueError:
        return today
