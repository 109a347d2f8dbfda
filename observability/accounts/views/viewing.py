"""What somebody else sees, and why: `/access/people/<username>/sees/`."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import audit, explaining, viewing
from observability.accounts.guard import PersonRequest, require, to_sign_in
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.core.clock import now

TOO_SHORT = f"Give a reason of at least {audit.MIN_REASON} characters."


@require(Permission.MANAGE_ACCESS)
@require_http_methods(["GET", "POST"])
def sees(request: PersonRequest, username: str) -> HttpResponse:
    """Answer whether and why somebody sees what an address names, from their grants alone."""
    person, at = _person(username), now()
    address, answer = request.POST.get("address", ""), None
    if request.method == "POST" and address.strip():
        scope = request.scope.to(Permission.SEE_ACCESS)
        answer = explaining.explain(
            scope=scope,
            by=request.user,
            person=person,
            theirs=viewing.seen_of(person, where=scope.facility_ids, at=at),
            door=explaining.door_of(address),
            at=at,
        )
    page = {
        "person": person,
        "name": person.get_full_name() or person.get_username(),
        "address": address,
        "answer": answer,
        "minutes": settings.VIEWING_MINUTES,
        "other": person.pk != request.user.pk,
    }
    return render(request, "accounts/sees.html", {"page": page})


@require(Permission.MANAGE_ACCESS)
@require_POST
def begin(request: PersonRequest, username: str) -> HttpResponse:
    """See the product as somebody else, for a while."""
    reason = request.POST.get("reason", "")
    try:
        viewing.begin(
            request.session,
            scope=request.scope,
            by=request.user,
            person=_person(username),
            reason=reason,
            at=now(),
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except audit.ReasonTooShort:
        messages.error(request, TOO_SHORT, extra_tags="bad")
        return redirect("accounts:sees", username)
    return redirect("kpis:board")


@require_POST
def end(request: HttpRequest) -> HttpResponseBase:
    """See as oneself again."""
    if not isinstance(request.user, User):
        return to_sign_in(request)
    viewing.end(request.session, by=request.user, at=now())
    return redirect("accounts:access")


def _person(username: str) -> User:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise Http404
    return person
