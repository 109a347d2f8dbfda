"""Declare or change one entry of the register by hand: the same plan as an import, of one row."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.catalogue import register
from integrations.catalogue.register_fields import FIELDS, SORTS, Field, parts
from integrations.queries import register as queries
from integrations.queries.facilities import facilities_in
from integrations.views.register_words import REFUSED
from integrations.views.worklist import prefilled
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now

TYPES = {"day": "date", "number": "number", "choice": "select"}


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest, sort: str) -> HttpResponse:
    """Declare a system or an interface; `?seen=` begins with a name that traffic uses."""
    if sort not in SORTS:
        raise Http404
    seen = request.GET.get("seen", "")
    return _form(
        request, sort, None, prefilled(request, sort, seen) if seen and request.method == "GET" else {}
    )


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, sort: str, code: str) -> HttpResponse:
    """Change an entry, for somebody who decides on all facilities that it touches."""
    today = now().date()
    values = register.declared(sort, code)
    places = {place.code: place.id for place in facilities_in(scope=request.scope)}
    if values is None or not queries.entry_coded(scope=request.scope, today=today, sort=sort, code=code):
        raise Http404
    if not set(parts(values["facilities"])) <= set(places):
        raise Http404
    if not register.may_decide(request.scope, values["facilities"], places):
        raise Http404
    return _form(request, sort, code, values)


def _form(request: PersonRequest, sort: str, code: str | None, values: dict[str, str]) -> HttpResponse:
    errors: dict[str, str] = {}
    if request.method == "POST":
        said = {spec.name: request.POST.get(spec.name, values.get(spec.name, "")) for spec in FIELDS[sort]}
        said["code"] = code or said["code"].strip()
        plan = register.plan_of([register.Row(1, sort, said)], scope=request.scope)
        errors = {each.field: REFUSED[each.code] for each in plan.refusals}
        if code is None and any(each.what != "added" for each in plan.changes):
            errors["code"] = "There is an entry of this code."
        if not errors:
            try:
                register.apply(plan.changes, scope=request.scope, user=request.user, at=now())
            except register.StalePlan:
                errors["code"] = REFUSED["plan_stale"]
            else:
                return redirect("integrations:catalogue-entry", sort, said["code"])
        values = said
    page = {
        "home": {"url": reverse("integrations:catalogue"), "label": "Catalogue"},
        "entry_url": reverse("integrations:catalogue-entry", args=[sort, code]) if code else "",
        "title": "a system" if sort == "system" else "an interface",
        "code": code,
        "errors": errors,
        "fields": [
            field_of(spec, values, errors) for spec in FIELDS[sort] if not (code and spec.name == "code")
        ],
    }
    return render(request, "integrations/register_edit.html", {"page": page}, status=422 if errors else 200)


def field_of(spec: Field, values: dict[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of ui/_field.html for one field, and its name."""
    help = spec.help
    if spec.reads == "choices":
        help = f"{help} {', '.join(spec.choices)}."
    return {
        "name": spec.name,
        "label": spec.label,
        "type": TYPES.get(spec.reads, "text"),
        "value": values.get(spec.name, ""),
        "help": help,
        "options": [{"value": key, "label": word} for key, word in spec.choices.items()],
        "blank": "Not said",
        "error": errors.get(spec.name, ""),
        "required": spec.required,
    }
