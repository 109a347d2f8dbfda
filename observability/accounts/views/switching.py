"""Switch a person off and on again: two buttons of `/access/people/<username>/`."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from observability.accounts import audit, granting, switching
from observability.accounts.guard import PersonRequest, require
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.core.clock import now

IS_OFF = "{} is switched off, and signed out everywhere."
IS_ON = "{} is switched on, and may sign in again."
REFUSED = {
    audit.ReasonTooShort: f"Give a reason of at least {audit.MIN_REASON} characters.",
    granting.LastAdministrator: "Nobody would be left to decide on access there. Give it to somebody first.",
    switching.OwnAccount: "Somebody else has to switch you off.",
    switching.AlreadyOff: "They are switched off already.",
    switching.AlreadyOn: "They are switched on already.",
}


@require(Permission.MANAGE_ACCESS)
@require_POST
def switch_off(request: PersonRequest, username: str) -> HttpResponse:
    """Let somebody in no more."""
    return _switched(request, username, switching.switch_off, IS_OFF)


@require(Permission.MANAGE_ACCESS)
@require_POST
def switch_on(request: PersonRequest, username: str) -> HttpResponse:
    """Let somebody in again."""
    return _switched(request, username, switching.switch_on, IS_ON)


def _switched(request: PersonRequest, username: str, switch: Callable[..., None], said: str) -> HttpResponse:
    of = User.objects.filter(username=username).first()
    if of is None:
        raise Http404
    try:
        reason = request.POST.get("reason", "")
        switch(scope=request.scope, of=of, by=request.user, reason=reason, at=now())
        messages.success(request, said.format(of.get_full_name() or username), extra_tags="good")
    except PermissionDenied as exc:
        raise Http404 from exc
    except tuple(REFUSED) as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    return redirect("accounts:person", username)
