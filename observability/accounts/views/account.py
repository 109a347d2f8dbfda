"""Your account: what somebody decides about themselves."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from observability.accounts import session, signing_in
from observability.accounts.factors.kept import factors_of
from observability.accounts.factors.policy import just_confirmed, offers
from observability.accounts.forms import PasswordForm
from observability.accounts.guard import to_sign_in
from observability.accounts.models import User
from observability.accounts.oidc.again import elsewhere
from observability.accounts.passwords import change_password
from observability.accounts.views.sessions import BLOCKED
from observability.core.clock import now

CHANGED = "Your password is changed, and you are signed out everywhere else."
ENDED = "Signed out there."
NOT_THERE = "There was nothing to end any more."


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponseBase:
    """Show the form; with the right old password, take the new one."""
    if not isinstance(request.user, User):
        return to_sign_in(request)
    form = PasswordForm(request.POST or None)
    # The people of a demonstration share one password: whoever changed it would lock out the others.
    if request.method == "POST" and not settings.DEMO and _changed(request, request.user, form):
        messages.success(request, CHANGED, extra_tags="good")
        return redirect("accounts:account")
    status = 200 if request.method == "GET" else 422
    return _page(request, request.user, form, status)


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponseBase:
    """End one other session of who asks, or all of them."""
    if not isinstance(request.user, User):
        return to_sign_in(request)
    named = request.POST.get("session")
    ended = session.end_sessions(
        user=request.user,
        current=request.session.session_key,
        at=now(),
        ids=None if named is None else [named],
    )
    messages.success(request, ENDED if ended else NOT_THERE, extra_tags="good")
    return redirect("accounts:account")


def _changed(request: HttpRequest, user: User, form: PasswordForm) -> bool:
    if not form.is_valid():
        return False
    try:
        change_password(request, user, old=form.cleaned_data["old"], new=form.cleaned_data["new"], at=now())
    except signing_in.Refused:
        form.add_error("old", "This is not your password.")
    except signing_in.TooManyFailures:
        form.add_error(None, BLOCKED)
    except ValidationError as exc:
        form.add_error("new", exc)
    return form.is_valid()


def _page(request: HttpRequest, user: User, form: PasswordForm, status: int) -> HttpResponse:
    at = now()
    mine = session.own_sessions(user=user, current=request.session.session_key, at=at)
    context = {"form": form, "demo": settings.DEMO, "sessions": mine, "at": at}
    context |= {"elsewhere": elsewhere(user), "confirmed": just_confirmed(request.session, at)}
    context |= {"factors": factors_of(user.pk), "offered": offers(user, at)}
    return render(request, "accounts/account.html", context, status=status)
