"""Add, change or end one reference entity by hand: the same plan as an import, of one row."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.catalogue.reference_kinds import Kind
from integrations.queries.reference import entity_coded
from integrations.reference import entities
from integrations.reference.rows import DAYS
from integrations.reference.storing import timeline_of
from integrations.views.by_hand import Form, Values, answer
from integrations.views.reference import kind_named
from integrations.views.register_words import REFUSED
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now


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
    return turned_away(request) or answer(request, _form(kind_named(kind), {}))


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
    begun = {**values, "valid_from": max(today, seen.valid_from).isoformat()}
    return answer(request, _form(said, begun, code))


def _form(kind: Kind, before: Values, code: str | None = None) -> Form[entities.Change]:
    def row(values: Values) -> Values:
        """Say only what is new, and from when until when: the rest may be different on other days."""
        days = [spec.name for spec in DAYS]
        return {
            name: text
            for name, text in values.items()
            if (text if name in days else code is None or text.strip() != before.get(name, ""))
        }

    return Form(
        of=entities.IMPORT,
        sort=kind.name,
        title=f"a {kind.label.lower()}",
        fields=[*kind.fields, *(spec for spec in DAYS if code or spec.name == "valid_from")],
        home={"url": reverse("integrations:reference-kind", args=[kind.name]), "label": kind.plural},
        entry="integrations:reference-entity",
        code=code,
        values=before,
        row=row,
    )
