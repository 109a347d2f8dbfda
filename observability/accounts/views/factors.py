"""Second factors: people add and remove their own, administrators reset those of somebody who lost them."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from observability.accounts import audit, signing_in
from observability.accounts.factors import changing, policy
from observability.accounts.factors.kept import Kind, factors_of
from observability.accounts.factors.proving import NotProven
from observability.accounts.forms import NewAppForm, NewKeyForm
from observability.accounts.guard import PersonRequest, require, to_sign_in
from observability.accounts.models import User
from observability.accounts.oidc.again import elsewhere
from observability.accounts.roles import Permission
from observability.accounts.views.sessions import BLOCKED, WRONG_CODE
from observability.core.clock import now

SHARED = "The people of a demonstration share one password: a second factor would lock out the others."
NOT_YOURS = "This is not your password."
ELSEWHERE = "Sign in with {name} again first: this page leads there."
NO_KEY = "The browser has no answer of a key. Try again, or take an app."
HELD = "You have this already."
DEMANDED = "Your role demands a second factor. Add another one before you remove this one."
REFUSED = {
    audit.ReasonTooShort: f"Give a reason of at least {audit.MIN_REASON} characters.",
    changing.OwnFactors: "Somebody else has to reset yours. Remove them on your own page instead.",
    changing.NothingToReset: "They have no second factor.",
}


class ProveElsewhere(Exception):
    """They have no password here: the organisation's own sign-in has to ask them anew."""


View = Callable[[HttpRequest, User, datetime], HttpResponse]


def adds(view: View) -> Callable[[HttpRequest], HttpResponseBase]:
    """Let a view run for somebody signed in who may add second factors."""

    def asked(request: HttpRequest) -> HttpResponseBase:
        at = now()
        if not isinstance(request.user, User):
            return to_sign_in(request)
        if not policy.offers(request.user, at):
            messages.error(request, SHARED, extra_tags="risk")
            return redirect("accounts:account")
        return view(request, request.user, at)

    return asked


@require_GET
@adds
def enrol(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    """Let somebody choose: an app or a key."""
    app = any(each.kind == Kind.APP for each in factors_of(user.pk))
    return render(request, "accounts/enrol.html", {"page": _around(request, user, at) | {"app": app}})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@adds
def add_app(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    """Show a secret; with a code of the app that took it, add the app."""
    form = NewAppForm(request.POST or None)
    if request.method == "POST" and _confirmed(request, user, form, at):
        try:
            codes = changing.add_app(request, user, code=form.cleaned_data["code"], at=at)
            return _added(request, user, codes, at)
        except NotProven:
            form.add_error("code", WRONG_CODE)
        except changing.AlreadyHeld:
            form.add_error(None, HELD)
    secret = changing.offered_secret(request)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    page = _around(request, user, at) | {
        "form": form,
        "picture": f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
    }
    return render(request, "accounts/add_app.html", {"page": page}, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@adds
def add_key(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    """Ask the browser for a new key; with its answer, add it."""
    form = NewKeyForm(request.POST or None)
    if request.method == "POST" and _confirmed(request, user, form, at):
        said = form.cleaned_data
        try:
            codes = changing.add_key(request, user, name=said["name"], answer=said["answer"], at=at)
            return _added(request, user, codes, at)
        except NotProven:
            form.add_error(None, NO_KEY)
        except changing.AlreadyHeld:
            form.add_error(None, HELD)
    page = _around(request, user, at) | {"form": form, "creation": changing.creation(user)}
    return render(request, "accounts/add_key.html", {"page": page}, status=422 if form.errors else 200)


@sensitive_post_parameters()
@require_POST
@adds
def recovery_codes(request: HttpRequest, user: User, at: datetime) -> HttpResponse:
    """Make new recovery codes and show them, once; wants the password again."""
    try:
        _prove(request, user, request.POST.get("password", ""), at)
        return _shown(request, user, changing.new_codes(request, user, at=at), at)
    except (ProveElsewhere, signing_in.Refused, signing_in.TooManyFailures, NotProven) as exc:
        return _told(request, _words(exc))


@sensitive_post_parameters()
@require_POST
def remove(request: HttpRequest, factor_id: int) -> HttpResponseBase:
    """Remove a factor; wants the password again."""
    user, at = request.user, now()
    if not isinstance(user, User):
        return to_sign_in(request)
    try:
        _prove(request, user, request.POST.get("password", ""), at)
        changing.remove(request, user, factor_id=factor_id, at=at)
    except Authenticator.DoesNotExist as exc:
        raise Http404 from exc
    except changing.LastDemanded:
        return _told(request, DEMANDED)
    except (ProveElsewhere, signing_in.Refused, signing_in.TooManyFailures) as exc:
        return _told(request, _words(exc))
    messages.success(request, "It is removed, and you are signed out everywhere else.", extra_tags="good")
    return redirect("accounts:account")


@require(Permission.MANAGE_ACCESS)
@require_POST
def reset(request: PersonRequest, username: str) -> HttpResponse:
    """Take all factors from somebody who lost them."""
    of = User.objects.filter(username=username).first()
    if of is None:
        raise Http404
    try:
        reason = request.POST.get("reason", "")
        changing.reset(scope=request.scope, of=of, by=request.user, reason=reason, at=now())
        messages.success(
            request, "Their second factors are gone, and so are their sessions.", extra_tags="good"
        )
    except PermissionDenied as exc:
        raise Http404 from exc
    except tuple(REFUSED) as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    return redirect("accounts:person", username)


def _around(request: HttpRequest, user: User, at: datetime) -> dict[str, object]:
    return {
        "owes": policy.owes(request, at),
        "again": not policy.just_signed_in(request.session, at),
        "elsewhere": elsewhere(user),
    }


def _prove(request: HttpRequest, user: User, password: str, at: datetime) -> None:
    """Let somebody prove that it is still them. Raises ProveElsewhere, Refused and TooManyFailures."""
    if policy.just_confirmed(request.session, at):
        return
    if elsewhere(user):
        raise ProveElsewhere
    signing_in.confirm_password(user, password, at)


def _confirmed(request: HttpRequest, user: User, form: Form, at: datetime) -> bool:
    """Say whether a form is complete and it is still them: an open window must not take a stranger's key."""
    if not form.is_valid():
        return False
    if not policy.just_signed_in(request.session, at):
        try:
            _prove(request, user, form.cleaned_data["password"], at)
        except ProveElsewhere as exc:
            form.add_error(None, _words(exc))
        except (signing_in.Refused, signing_in.TooManyFailures) as exc:
            form.add_error("password", _words(exc))
    return form.is_valid()


def _added(request: HttpRequest, user: User, codes: list[str], at: datetime) -> HttpResponse:
    if codes:
        return _shown(request, user, codes, at)
    messages.success(request, "It is added, and you are signed out everywhere else.", extra_tags="good")
    return redirect("accounts:account")


def _shown(request: HttpRequest, user: User, codes: list[str], at: datetime) -> HttpResponse:
    """Show recovery codes in the answer to what made them: there is no address that shows them again."""
    words = [
        f"Throughline, recovery codes of {user.get_username()}",
        f"Made {at:%Y-%m-%d} UTC",
        "",
        *codes,
        "",
    ]
    page = {"codes": codes, "file": "\n".join(words), "onward": resolve_url(settings.LOGIN_REDIRECT_URL)}
    return render(request, "accounts/recovery_codes.html", {"page": page})


def _words(exc: Exception) -> str:
    if isinstance(exc, ProveElsewhere):
        return ELSEWHERE.format(name=settings.OIDC_NAME)
    return BLOCKED if isinstance(exc, signing_in.TooManyFailures) else NOT_YOURS


def _told(request: HttpRequest, words: str) -> HttpResponse:
    messages.error(request, words, extra_tags="bad")
    return redirect("accounts:account")
