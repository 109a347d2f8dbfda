"""Add, change or end one reference entity by hand: the same plan as an import, of one row."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.catalogue.plans import Row
from integrations.catalogue.reference_kinds import Kind
from integrations.catalogue.register_fields import Field
from integrations.queries.reference import entity_coded
from integrations.reference import entities
from integrations.reference.rows import DAYS
from integrations.reference.storing import timeline_of
from integrations.views.reference import kind_named
from integrations.views.register_edit import field_of
from integrations.views.register_words import REFUSED
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now

Values = dict[str, str]


def turned_away(request: PersonRequest) -> HttpResponse | None:
    """Send who does not decide on reference data back to it, with the reason; None for who does."""
    if entities.may_decide(request.scope):
        return None
    messages.error(request, REFUSED["reference_not_yours"], extra_tags="bad")
    return redirect("integrations:reference")


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest, kind: str) -> HttpResponse:
    """Add an entity."""
    return turned_away(request) or _form(request, kind_named(kind), None, {})


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, kind: str, code: str) -> HttpResponse:
    """Say something else of an entity from a day on, or end it."""
    away = turned_away(request)
    if away:
        return away
    said, today = kind_named(kind), now().date()
    seen = entity_coded(scope=request.scope, today=today, kind=kind, code=code)
    if seen is None:
        raise Http404
    values = next(each.value for each in timeline_of(kind, code) if each.first == seen.valid_from)
    return _form(request, said, code, {**values, "valid_from": max(today, seen.valid_from).isoformat()})


def _form(request: PersonRequest, kind: Kind, code: str | None, values: Values) -> HttpResponse:
    errors: Values = {}
    fields = [*kind.fields, *(spec for spec in DAYS if code or spec.name == "valid_from")]
    if request.method == "POST":
        said = {spec.name: request.POST.get(spec.name, values.get(spec.name, "")) for spec in fields}
        said["code"] = code or said["code"].strip()
        errors = _said(request, kind, code, said, values)
        if not errors:
            return redirect("integrations:reference-entity", kind.name, said["code"])
        values = said
    page = {
        "home": {"url": reverse("integrations:reference-kind", args=[kind.name]), "label": kind.plural},
        "entry_url": reverse("integrations:reference-entity", args=[kind.name, code]) if code else "",
        "title": f"a {kind.label.lower()}",
        "code": code,
        "errors": errors,
        "fields": [_field(spec, values, errors) for spec in fields if not (code and spec.name == "code")],
    }
    return render(request, "integrations/register_edit.html", {"page": page}, status=422 if errors else 200)


def _said(request: PersonRequest, kind: Kind, code: str | None, said: Values, before: Values) -> Values:
    """Do what the form says; return what keeps it from being done, by field."""
    at = now()
    row = {name: text for name, text in said.items() if code is None or text.strip() != before.get(name, "")}
    days = {spec.name: said[spec.name] for spec in DAYS if said.get(spec.name)}
    plan = entities.plan_of(
        [Row(1, kind.name, row | days | {"code": said["code"]})], scope=request.scope, today=at.date()
    )
    if plan.refusals:
        return {each.field or "code": REFUSED[each.code] for each in plan.refusals}
    if code is None and any(each.what != "added" for each in plan.changes):
        return {"code": "There is an entry of this code."}
    try:
        entities.apply(plan.changes, scope=request.scope, user=request.user, at=at)
    except entities.StalePlan:
        return {"name": REFUSED["plan_stale"]}
    return {}


def _field(spec: Field, values: Values, errors: Values) -> dict[str, Any]:
    told = field_of(spec, values, errors)
    return told | {"help": f"{spec.help} In {spec.unit}." if spec.unit else spec.help}
