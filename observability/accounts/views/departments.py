"""Sensitive departments: `/access/departments/` lists them, adds one and takes one away."""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from observability.accounts import audit, protecting
from observability.accounts.guard import PersonRequest, require
from observability.accounts.people import facilities_here
from observability.accounts.roles import Domain, Permission
from observability.core.clock import now

REFUSED: Mapping[type[Exception], tuple[str, str]] = {
    audit.ReasonTooShort: ("reason", f"Write at least {audit.MIN_REASON} characters."),
    protecting.NoCode: ("code", f"Name the department, in at most {protecting.MOST_LETTERS} letters."),
    protecting.AlreadyProtected: ("code", "It is one of them already."),
}
OWN_GAIN = "You would see its rows yourself then: somebody else has to take it away."


@require(Permission.SEE_ACCESS)
@require_GET
def departments_page(request: PersonRequest) -> HttpResponse:
    """List the sensitive departments of the scope."""
    return _page(request, {}, {})


@require(Permission.MANAGE_ACCESS)
@require_POST
def protect_department(request: PersonRequest) -> HttpResponse:
    """Add one; its rows are gone from pages with their next request."""
    said = {name: request.POST.get(name, "").strip() for name in ("facility", "code", "reason")}
    if not said["facility"].isdecimal() or len(said["facility"]) > 9:
        return _page(request, said, {"facility": "Choose one of these."})
    try:
        protecting.protect(
            scope=request.scope,
            facility_id=int(said["facility"]),
            code=said["code"],
            by=request.user,
            reason=said["reason"],
            at=now(),
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except tuple(REFUSED) as exc:
        field, words = REFUSED[type(exc)]
        return _page(request, said, {field: words})
    messages.success(request, "Its rows are there only for who holds the class now.", extra_tags="good")
    return redirect("accounts:departments")


@require(Permission.MANAGE_ACCESS)
@require_POST
def unprotect_department(request: PersonRequest, department_id: int) -> HttpResponse:
    """Take one away."""
    try:
        protecting.unprotect(
            scope=request.scope,
            id=department_id,
            by=request.user,
            reason=request.POST.get("reason", ""),
            at=now(),
        )
        messages.success(request, "Whoever sees its facility sees its rows now.", extra_tags="good")
    except PermissionDenied as exc:
        raise Http404 from exc
    except protecting.OwnGain:
        messages.error(request, OWN_GAIN, extra_tags="bad")
    except audit.ReasonTooShort as exc:
        messages.error(request, REFUSED[type(exc)][1], extra_tags="bad")
    return redirect("accounts:departments")


def _page(request: PersonRequest, said: Mapping[str, str], errors: Mapping[str, str]) -> HttpResponse:
    decides = request.scope.to(Permission.MANAGE_ACCESS)
    page = {
        "rows": protecting.protected_here(scope=request.scope.to(Permission.SEE_ACCESS)),
        "facilities": [
            {"value": place.id, "label": place.name}
            for place in facilities_here(scope=decides)
            if all(decides.sees(place.id, each) for each in Domain)
        ],
        "decides_at": decides.facility_ids,
        "said": said,
        "errors": errors,
    }
    return render(request, "accounts/departments.html", {"page": page}, status=422 if errors else 200)
