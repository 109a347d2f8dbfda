"""Who may see and do what: `/access/`, one person, the review and its export."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from observability.accounts import audit, glass, granting, shown_access
from observability.accounts.acts_link import acts_url
from observability.accounts.factors.kept import factors_of
from observability.accounts.forms import GrantForm
from observability.accounts.guard import PersonRequest, require
from observability.accounts.models import Grant, OpenedGlass, User
from observability.accounts.people import alarms, facilities_here, grants, people
from observability.accounts.places import places_here
from observability.accounts.queries.held import held_by
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.downloads import as_csv_file

PEOPLE_SHOWN, GRANTS_SHOWN, MOST_EXPORTED = 1_000, 5_000, 100_000
MORE = "Only the first {:,} by name are listed and counted here."
TOO_MANY = "More than {:,} grants: the file would leave some out, so there is none."
INCOMPLETE = "Nothing was given: the form is not complete."
REFUSED = {
    audit.ReasonTooShort: f"Give a reason of at least {audit.MIN_REASON} characters.",
    granting.OwnGrant: "Somebody else has to decide on your own access.",
    granting.LastAdministrator: "Nobody would be left to decide on access there. Give it to somebody first.",
    granting.AlreadyHeld: "They hold just this already.",
    granting.NoSuchPlace: "Nothing was given: there is no such facility, network or region of yours today.",
    glass.OwnAlarm: "Somebody else has to acknowledge your own alarm.",
}


@require(Permission.SEE_ACCESS)
@require_GET
def access(request: PersonRequest) -> HttpResponse:
    """List people, and the alarms of opened glasses."""
    at = now()
    found = people(scope=request.scope, today=at.date(), limit=PEOPLE_SHOWN + 1)
    page = {
        "at": at,
        "people": found[:PEOPLE_SHOWN],
        "more": MORE.format(PEOPLE_SHOWN) if len(found) > PEOPLE_SHOWN else "",
        "explains": request.scope.allows(Permission.MANAGE_ACCESS),
        "groups": Permission.SEE_ACCESS in request.scope.everywhere,
        "alarms": alarms(scope=request.scope),
    }
    return render(request, "accounts/people.html", {"page": page})


@require(Permission.SEE_ACCESS)
@require_GET
def person(request: PersonRequest, username: str) -> HttpResponse:
    """Show one person: their grants, and what these add up to."""
    return _person(request, username)


def _person(request: PersonRequest, username: str, refused: str = "") -> HttpResponse:
    """Show one person; `refused` says why the grant of the form was not given, which keeps what it says."""
    at = now()
    scope, today = request.scope.to(Permission.SEE_ACCESS), at.date()
    found = people(scope=scope, today=today, username=username)
    if not found:
        raise Http404
    facilities = facilities_here(scope=scope)
    places = places_here(scope=scope, permission=Permission.MANAGE_ACCESS, today=today)
    holding, names = held_by(user_id=found[0].id, at=at), {each.id: each.name for each in facilities}
    page = {
        "at": at,
        "person": found[0],
        "rows": [
            shown_access.seen(each, at)
            for each in grants(scope=scope, today=today, username=username, ended=True)
        ],
        "may": shown_access.may(holding, names if found[0].active else {}),
        "form": shown_access.options(facilities, places, everywhere=granting.decides_everywhere(scope)),
        "explains": scope.allows(Permission.MANAGE_ACCESS),
        "manages": scope.allows(Permission.MANAGE_ACCESS) and found[0].id != request.user.pk,
        "factors": factors_of(found[0].id),
        "audit_url": acts_url(scope, who=username),
        "refused": refused,
        "said": request.POST if refused else {},
    }
    return render(request, "accounts/person.html", {"page": page}, status=422 if refused else 200)


@require(Permission.MANAGE_ACCESS)
@require_POST
def give(request: PersonRequest, username: str) -> HttpResponse:
    """Give one grant to somebody."""
    to = User.objects.filter(username=username).first()
    if to is None:
        raise Http404
    form = GrantForm(request.POST)
    if not form.is_valid():
        return _person(request, username, INCOMPLETE)
    try:
        granting.give(
            scope=request.scope,
            to=to,
            terms=form.terms(),
            by=request.user,
            reason=form.cleaned_data["reason"],
            at=now(),
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except tuple(REFUSED) as exc:
        return _person(request, username, REFUSED[type(exc)])
    return redirect("accounts:person", username)


@require(Permission.MANAGE_ACCESS)
@require_POST
def end(request: PersonRequest, grant_id: int) -> HttpResponse:
    """End one grant."""
    grant = _grant(request, grant_id)
    try:
        granting.end(
            scope=request.scope, grant=grant, by=request.user, reason=request.POST.get("reason", ""), at=now()
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except tuple(REFUSED) as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    return redirect("accounts:person", grant.user.username)


@require(Permission.SEE_ACCESS)
@require_GET
def review(request: PersonRequest) -> HttpResponse:
    """Show who holds what, and what asks for a look."""
    at = now()
    found = grants(scope=request.scope, today=at.date(), limit=GRANTS_SHOWN + 1)
    rows = shown_access.reviewed(found[:GRANTS_SHOWN], at)
    only = request.GET.get("look") == "1"
    page = {
        "at": at,
        "rows": [row for row in rows if row["flags"]] if only else rows,
        "more": MORE.format(GRANTS_SHOWN) if len(found) > GRANTS_SHOWN else "",
        "only": only,
        "flagged": sum(bool(row["flags"]) for row in rows),
        "manages": request.scope.allows(Permission.MANAGE_ACCESS),
    }
    return render(request, "accounts/review.html", {"page": page})


@require(Permission.SEE_ACCESS)
@require_GET
def export(request: PersonRequest) -> HttpResponse:
    """Return the review as CSV, whole or not at all; leaves an audit row."""
    at = now()
    rows = grants(scope=request.scope, today=at.date(), ended=True, limit=MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        messages.error(request, TOO_MANY.format(MOST_EXPORTED), extra_tags="bad")
        return redirect("accounts:access-review")
    audit.record_export(
        audit.Act.ACCESS_EXPORTED,
        user=request.user,
        what="access_review",
        at=at,
        facility_ids=request.scope.facility_ids,
    )
    table = shown_access.exported(rows, at)
    return as_csv_file(shown_access.COLUMNS, table, name=f"access-{at:%Y-%m-%d}.csv")


@require(Permission.MANAGE_ACCESS)
@require_POST
def mark_reviewed(request: PersonRequest, grant_id: int) -> HttpResponse:
    """Let one grant stand."""
    try:
        granting.mark_reviewed(
            scope=request.scope, grant=_grant(request, grant_id), by=request.user, at=now()
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except granting.OwnGrant as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    return redirect("accounts:access-review")


@require(Permission.SEE_ACCESS)
@require_POST
def acknowledge(request: PersonRequest, glass_id: int) -> HttpResponse:
    """Note that the alarm of an opened glass was seen."""
    if not alarms(scope=request.scope, id=glass_id):
        raise Http404
    try:
        glass.acknowledge(opened=OpenedGlass.objects.get(pk=glass_id), by=request.user, at=now())
    except glass.OwnAlarm as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    return redirect("accounts:access")


def _grant(request: PersonRequest, id: int) -> Grant:
    if not grants(scope=request.scope, today=now().date(), id=id, ended=True):
        raise Http404
    return Grant.objects.select_related("user").get(pk=id)
