"""What somebody else sees, and why: `/access/people/<username>/sees/`."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import audit, explaining, granting, shown_access, viewing
from observability.accounts.forms import WouldForm
from observability.accounts.guard import PersonRequest, require, to_sign_in
from observability.accounts.models import User
from observability.accounts.models.grant import BY_PLACE
from observability.accounts.people import facilities_here
from observability.accounts.places import places_here
from observability.accounts.queries.held import would_hold
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
            about=person,
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
@require_http_methods(["GET", "POST"])
def would(request: PersonRequest) -> HttpResponse:
    """Answer whether somebody with a grant that nobody holds yet would see what an address names."""
    at, manages = now(), request.scope
    scope = manages.to(Permission.SEE_ACCESS)
    form, answer = WouldForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        terms = form.terms()
        held = would_hold(
            role=terms.role,
            facility_id=terms.facility_id if terms.place_id is None else BY_PLACE,
            place_id=terms.place_id,
            domain=terms.domain,
            classes=terms.classes,
            at=at,
        )
        answer = explaining.explain(
            scope=scope,
            by=request.user,
            about=terms.role,
            theirs=viewing.only_at(held, scope.facility_ids),
            door=explaining.door_of(form.cleaned_data["address"]),
            at=at,
        )
    places = places_here(scope=manages, permission=Permission.MANAGE_ACCESS, today=at.date())
    page = {
        "form": shown_access.options(
            facilities_here(scope=manages), places, everywhere=granting.decides_everywhere(manages)
        ),
        "said": form.data,
        "answer": answer,
        "incomplete": request.method == "POST" and answer is None,
    }
    return render(request, "accounts/would.html", {"page": page}, status=422 if page["incomplete"] else 200)


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
