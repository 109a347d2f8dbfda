"""Signing in by way of the organisation's own sign-in: to its page, and back from it."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_GET

from observability.accounts.forms import SignInForm
from observability.accounts.guard import to_sign_in
from observability.accounts.models import User
from observability.accounts.oidc.again import is_asked_again, prove_again
from observability.accounts.oidc.arriving import NoRole, arrive
from observability.accounts.oidc.asking import COOKIE, NotAsked, NotProven, ask
from observability.accounts.oidc.provider import is_on
from observability.accounts.signing_in import TooManyFailures
from observability.accounts.views.sessions import BLOCKED, onwards, page_context
from observability.core.clock import now

FAILED = "Signing in with {name} did not work. Try again, or ask an administrator."
PROVEN_AGAIN = "It is you: for five minutes you can change your second factors."
NO_ROLE = "{name} knows you, but you hold no role here. Ask an administrator."


@require_GET
def oidc(request: HttpRequest) -> HttpResponse:
    """Send whoever asks to the provider's page."""
    if not is_on():
        raise Http404
    try:
        return ask(request, wanted=request.GET.get("next", ""), at=now())
    except NotProven:
        return _refused(request, FAILED)


@require_GET
def oidc_again(request: HttpRequest) -> HttpResponseBase:
    """Send somebody signed in to the provider's page, to prove again that it is them."""
    if not isinstance(request.user, User):
        return to_sign_in(request)
    if not is_on():
        raise Http404
    try:
        return ask(request, wanted=request.GET.get("next", ""), at=now(), who=str(request.user.pk))
    except NotProven:
        return _told_again(request, FAILED)


@require_GET
def oidc_answer(request: HttpRequest) -> HttpResponse:
    """Take what the provider says of whoever comes back; it counts once."""
    if not is_on():
        raise Http404
    response = _answer_again(request) if is_asked_again(request) else _answer(request)
    response.delete_cookie(COOKIE, samesite="Lax")
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        wanted, begun = arrive(request, at=now())
        return HttpResponseRedirect(onwards(request, wanted, begun=begun))
    except TooManyFailures:
        return _refused(request, BLOCKED)
    except (NotAsked, NotProven):
        return _refused(request, FAILED)
    except NoRole:
        return _refused(request, NO_ROLE)


def _answer_again(request: HttpRequest) -> HttpResponse:
    if not isinstance(request.user, User):
        return _refused(request, FAILED)  # the session is over: whoever comes back signs in first
    try:
        wanted = prove_again(request, request.user, at=now())
    except TooManyFailures:
        return _told_again(request, BLOCKED)
    except (NotAsked, NotProven):
        return _told_again(request, FAILED)
    messages.success(request, PROVEN_AGAIN, extra_tags="good")
    return HttpResponseRedirect(onwards(request, wanted or resolve_url("accounts:account"), begun=True))


def _told_again(request: HttpRequest, words: str) -> HttpResponse:
    messages.error(request, words.format(name=settings.OIDC_NAME), extra_tags="bad")
    return redirect("accounts:account")


def _refused(request: HttpRequest, words: str) -> HttpResponse:
    form = SignInForm({})
    form.full_clean()
    form.errors.clear()
    form.add_error(None, words.format(name=settings.OIDC_NAME))
    return render(request, "accounts/sign_in.html", page_context(request, form), status=403)
