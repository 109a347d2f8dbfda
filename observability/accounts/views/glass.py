"""Break the glass: `/access/glass/`."""

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import audit, glass
from observability.accounts.forms import GlassForm
from observability.accounts.guard import PersonRequest, require
from observability.accounts.queries.opened import facility_coded
from observability.accounts.roles import Permission
from observability.core.clock import now

NO_SUCH = "There is no facility of this code."
INCOMPLETE = "Name the facility by its code and write what it is for."
TOO_SHORT = f"Write at least {audit.MIN_REASON} characters: somebody will ask what it was for."


@require(Permission.BREAK_GLASS)
@require_http_methods(["GET", "POST"])
def glass_page(request: PersonRequest) -> HttpResponse:
    """Ask for a facility and a reason, and open it for a while."""
    error = ""
    if request.method == "POST":
        error = _open(request)
        if not error:
            return redirect("tracing:transactions")
    # Who is in a hurry writes a reason once.
    page = {
        "error": error,
        "unknown": error == NO_SUCH,
        "said": request.POST,
        "minutes": settings.GLASS_MINUTES,
    }
    return render(request, "accounts/glass.html", {"page": page}, status=422 if error else 200)


@require(Permission.BREAK_GLASS)
@require_POST
def end_glass(request: PersonRequest, glass_id: int) -> HttpResponse:
    """Close what one opened oneself."""
    glass.end_glass(user=request.user, id=glass_id, at=now())
    return redirect("kpis:board")


def _open(request: PersonRequest) -> str:
    """Open what the form asks for; return what is wrong with it, else nothing."""
    form = GlassForm(request.POST)
    if not form.is_valid():
        return INCOMPLETE
    said = form.cleaned_data
    facility_id = facility_coded(said["facility"].strip())
    if facility_id is None:
        return NO_SUCH
    try:
        glass.open_glass(
            scope=request.scope,
            user=request.user,
            facility_id=facility_id,
            sensitive=said["sensitive"],
            reason=said["reason"],
            at=now(),
        )
    except audit.ReasonTooShort:
        return TOO_SHORT
    return ""
