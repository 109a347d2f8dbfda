"""Sign in, in one step or two, and sign out."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import signing_in
from observability.accounts.demo import PASSWORD, PEOPLE
from observability.accounts.factors import proving
from observability.accounts.factors.kept import Kind, factors_of
from observability.accounts.forms import CodeForm, KeyForm, SignInForm
from observability.accounts.models import User
from observability.accounts.oidc.provider import is_on
from observability.accounts.queries.shown import places_shown
from observability.core.clock import now

REFUSED = "This user name and password do not belong together."
WRONG_CODE = "This code is wrong or was used already. An app shows a new one every thirty seconds."
WRONG_KEY = "This key did not answer, or is not one of yours."
AGAIN = "That took too long. Sign in again."
BLOCKED = "Too many failed tries. Wait a quarter of an hour, or ask an administrator."


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; with the right password, go on to where somebody wanted to be."""
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            begun = signing_in.sign_in(request, at=now(), **form.cleaned_data)
            return HttpResponseRedirect(onwards(request, _wanted(request), begun=begun))
        except signing_in.Refused:
            form.add_error(None, REFUSED)
        except signing_in.TooManyFailures:
            form.add_error(None, BLOCKED)
    status = 200 if request.method == "GET" else 422
    return render(request, "accounts/sign_in.html", page_context(request, form), status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave the right password for a code or a key; then go on to where they wanted to be."""
    at = now()
    user = signing_in.halfway(request, at)
    if user is None:
        return _first_step(request)
    error = ""
    if request.method == "POST":
        try:
            signing_in.sign_in_fully(request, factor=lambda who: _factor(request, who, at), at=at)
            return HttpResponseRedirect(onwards(request, _wanted(request), begun=True))
        except signing_in.Refused:
            error = WRONG_KEY if "answer" in request.POST else WRONG_CODE
        except signing_in.TooManyFailures:
            error = BLOCKED
        except signing_in.TooLate:
            return _first_step(request)
    kinds = {each.kind for each in factors_of(user.pk)}
    context = {
        "error": error,
        "next": _wanted(request),
        "challenge": proving.challenge(user) if Kind.KEY in kinds else "",
        "app": Kind.APP in kinds,
        "elsewhere": signing_in.came_from_elsewhere(request),
    }
    return render(request, "accounts/second_factor.html", context, status=422 if error else 200)


def _factor(request: HttpRequest, user: User, at: datetime) -> Kind:
    """Prove what was posted. Raises NotProven."""
    if "answer" in request.POST:
        form = KeyForm(request.POST)
        if form.is_valid():
            return proving.by_key(user, form.cleaned_data["answer"], at)
    else:
        code = CodeForm(request.POST)
        if code.is_valid():
            return proving.by_code(user, code.cleaned_data["code"], at)
    raise proving.NotProven


def _first_step(request: HttpRequest) -> HttpResponse:
    if signing_in.HALFWAY in request.session:
        messages.info(request, AGAIN, extra_tags="risk")
    return HttpResponseRedirect(_with_next("accounts:sign-in", _wanted(request)))


def _with_next(door: str, wanted: str) -> str:
    return resolve_url(door) + (f"?{urlencode({'next': wanted})}" if wanted else "")


def _wanted(request: HttpRequest) -> str:
    return request.POST.get("next") or request.GET.get("next", "")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session and show the sign-in page."""
    signing_in.sign_out(request, at=now())
    return HttpResponseRedirect(resolve_url("accounts:sign-in"))


def page_context(request: HttpRequest, form: SignInForm) -> dict[str, object]:
    """Return the context of the page to sign in."""
    elsewhere = settings.OIDC_NAME if is_on() else ""
    context: dict[str, object] = {"form": form, "next": _wanted(request), "elsewhere": elsewhere}
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


def onwards(request: HttpRequest, wanted: str, *, begun: bool) -> str:
    """Return where somebody goes: to where they wanted to be, if that is a page of ours, else the board.

    Where the session has not begun, to the second factor first.
    """
    if not begun:
        return _with_next("accounts:second-factor", wanted)
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own else resolve_url(settings.LOGIN_REDIRECT_URL)
