"""The search box: takes any identifier, and answers under an address that does not carry it."""

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core import keyring
from observability.core.clock import now
from tracing import pasted, searches
from tracing.finding import Found, find
from tracing.pasted import Readings
from tracing.queries.issuers import issuers_in


@require(Permission.SEE_TRANSACTIONS)
@require_POST
def search(request: PersonRequest) -> HttpResponse:
    """Look up what was pasted; go to the one transaction it names, else to the list of them.

    On record stand its tokens and how much was found, never the text.
    """
    text = request.POST.get("q", "").strip()[: pasted.MAX_CHARACTERS]
    if not text:
        return HttpResponseRedirect(reverse("tracing:transactions"))
    reference = searches.remember(request.session, text)
    found = find(scope=request.scope, readings=_readings(request, text), hub_size=settings.HUB_TRANSACTIONS)
    with transaction.atomic():
        audit.record(
            audit.Act.SEARCHED,
            user=request.user,
            object_type="search",
            object_id="",
            at=now(),
            changes={"found": len(found.ids)} | ({"hubs": len(found.hubs)} if found.hubs else {}),
            mentions=[pasted.searched(text, veil_key=keyring.veil_key()), *found.tokens],
            facility_ids=request.scope.facility_ids,
        )
    if len(found.ids) == 1 and not found.hubs:
        address = reverse("tracing:transaction", args=[found.ids[0]])
    else:
        address = reverse("tracing:transactions")
    return HttpResponseRedirect(f"{address}?search={reference}")


def recalled(request: PersonRequest) -> tuple[str, Readings | None]:
    """Return what the reference in the address stands for, in full and read; empty where it is unknown.

    The box shows it back.
    """
    reference = request.GET.get("search", "")
    text = searches.recall(request.session, reference) if reference else None
    if text is None:
        return "", None
    request.pasted = text  # type: ignore[attr-defined]
    return text, _readings(request, text)


def found_by(request: PersonRequest) -> tuple[str, Found | None]:
    """Return what was pasted and what it names; nothing where the address names no search we know."""
    text, readings = recalled(request)
    if readings is None:
        return "", None
    return text, find(scope=request.scope, readings=readings, hub_size=settings.HUB_TRANSACTIONS)


def _readings(request: PersonRequest, text: str) -> Readings:
    return pasted.read(text, id_key=keyring.id_key(), issuers=issuers_in(scope=request.scope))
