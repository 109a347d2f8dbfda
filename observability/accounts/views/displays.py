"""Wall displays: `/access/displays/` lists, makes and ends them; the link's page starts one."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from observability.accounts import audit, displays, links
from observability.accounts.forms import DisplayForm
from observability.accounts.guard import PersonRequest, require
from observability.accounts.models import Display, User
from observability.accounts.people import facilities_here
from observability.accounts.roles import Permission
from observability.core.clock import now

REFUSED = {
    audit.ReasonTooShort: ("reason", f"Write at least {audit.MIN_REASON} characters."),
    displays.NameTaken: (
        "name",
        "A display of this name stands already. End it first, or take another name.",
    ),
    displays.BadEnd: ("last_day", "Choose a day from today on, within what a display may last."),
}


@require(Permission.SEE_ACCESS)
@require_safe
def displays_page(request: PersonRequest) -> HttpResponse:
    """List the displays that show a facility of the scope."""
    return _page(request, DisplayForm(places=_places(request)))


@require(Permission.MANAGE_ACCESS)
@require_POST
def make_display(request: PersonRequest) -> HttpResponse:
    """Make a display and show its link: once, here, and never again."""
    form = DisplayForm(request.POST, places=_places(request))
    if form.is_valid():
        try:
            said = form.cleaned_data
            made, token = displays.make(scope=request.scope, by=request.user, at=now(), **said)
        except PermissionDenied as exc:
            raise Http404 from exc
        except tuple(REFUSED) as exc:
            form.add_error(*REFUSED[type(exc)])
        else:
            address = request.build_absolute_uri(reverse("accounts:open-display", args=[token]))
            return _page(request, DisplayForm(places=_places(request)), made=made, address=address)
    return _page(request, form, status=422)


@require(Permission.MANAGE_ACCESS)
@require_POST
def end_display(request: PersonRequest, display_id: int) -> HttpResponse:
    """End one display."""
    display = Display.objects.filter(pk=display_id).first()
    if display is None:
        raise Http404
    try:
        displays.end(scope=request.scope, display=display, by=request.user, at=now())
    except PermissionDenied as exc:
        raise Http404 from exc
    messages.success(request, f"“{display.name}” shows nothing any more.", extra_tags="good")
    return redirect("accounts:displays")


@require_http_methods(["GET", "HEAD", "POST"])
def open_display(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link starts; a click starts it, so that a mail scanner which looks uses nothing up."""
    try:
        if request.method == "POST":
            displays.start(request, token=token, at=now())
            return redirect("kpis:board")
        display = displays.invited(token=token, at=now())
    except links.NoSuchLink:
        return render(request, "accounts/no_such_link.html", status=404)
    someone = request.user.get_username() if isinstance(request.user, User) else ""
    return render(request, "accounts/open_display.html", {"display": display, "someone": someone})


@require_safe
def display_over(request: HttpRequest) -> HttpResponse:
    """Say that this screen shows nothing any more."""
    return render(request, "accounts/display_over.html")


def _places(request: PersonRequest) -> list[tuple[int, str]]:
    here = facilities_here(scope=request.scope.to(Permission.MANAGE_ACCESS))
    return [
        (place.id, place.name) for place in here if request.scope.allows_at(Permission.SEE_BOARD, place.id)
    ]


def _page(
    request: PersonRequest,
    form: DisplayForm,
    *,
    made: Display | None = None,
    address: str = "",
    status: int = 200,
) -> HttpResponse:
    at = now()
    names = {place.id: place.name for place in facilities_here(scope=request.scope.to(Permission.SEE_ACCESS))}
    rows = [
        {
            "display": row,
            "facilities": [names[id] for id in row.facility_ids if id in names],
            "others": sum(id not in names for id in row.facility_ids),
        }
        for row in displays.standing(scope=request.scope.to(Permission.SEE_ACCESS), at=at)
    ]
    page = {
        "at": at,
        "rows": rows,
        "form": form,
        "manages": request.scope.allows(Permission.MANAGE_ACCESS),
        "made": made,
        "address": address,
        "minutes": settings.LINK_MINUTES,
    }
    return render(request, "accounts/displays.html", {"page": page}, status=status)
