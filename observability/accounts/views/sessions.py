"""Sign in and sign out."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import signing_in
from observability.accounts.demo import PASSWORD, PEOPLE
from observability.accounts.forms import SignInForm
from observability.accounts.queries.shown import places_shown
from observability.core.clock import now

REFUSED = "This user name and password do not belong together."
BLOCKED = "Too many failed tries. Wait a quarter of an hour, or ask an administrator."


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; with the right password, go on to where somebody wanted to be."""
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            signing_in.sign_in(request, at=now(), **form.cleaned_data)
            return HttpResponseRedirect(_next(request))
        except signing_in.Refused:
            form.add_error(None, REFUSED)
        except signing_in.TooManyFailures:
            form.add_error(None, BLOCKED)
    status = 200 if request.method == "GET" else 422
    return render(request, "accounts/sign_in.html", _context(request, form), status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and show the sign-in page."""
    signing_in.sign_out(request, at=now())
    return HttpResponseRedirect(resolve_url("accounts:sign-in"))


def _context(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    context: dict[str, object] = {"form": form, "next": wanted}
    if settings.DEMO:
        context |= {"demo_people": _demo_people(), "demo_password": PASSWORD}
    return context


def _demo_people() -> list[dict[str, str]]:
    seen = places_shown(usernames=[person.username for person in PEOPLE], today=now().date())
    return [
        {"username": person.username, "role": person.role, "facilities": seen[person.username]}
        for person in PEOPLE
        if person.username in seen
    ]


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own else resolve_url(settings.LOGIN_REDIRECT_URL)
