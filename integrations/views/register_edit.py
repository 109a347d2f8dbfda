"""Declare or change one entry of the register by hand: the same plan as an import, of one row."""

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from integrations.catalogue import register
from integrations.catalogue.register_fields import FIELDS, SORTS, parts
from integrations.queries import register as queries
from integrations.queries.facilities import facilities_in
from integrations.views.by_hand import Form, Values, answer
from integrations.views.worklist import prefilled
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now


@require(Permission.MANAGE_CATALOGUE)
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest, sort: str) -> HttpResponse:
    """Declare a system or an interface; `?seen=` begins with a name that traffic uses."""
    if sort not in SORTS:
        raise Http404
    seen = request.GET.get("seen", "")
    begun = prefilled(request, sort, seen) if seen and request.method == "GET" else {}
    return answer(request, _form(sort, begun))


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
    return answer(request, _form(sort, values, code))


def _form(sort: str, values: Values, code: str | None = None) -> Form[register.Change]:
    return Form(
        of=register.IMPORT,
        sort=sort,
        title="a system" if sort == "system" else "an interface",
        fields=FIELDS[sort],
        home={"url": reverse("integrations:catalogue"), "label": "Catalogue"},
        entry="integrations:catalogue-entry",
        code=code,
        values=values,
    )
