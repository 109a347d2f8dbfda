"""The one guard of views: who may open this door?"""

from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import urlencode
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from observability.accounts.displays import asking
from observability.accounts.explaining import Door, explain, is_placed
from observability.accounts.factors.kept import has_factor
from observability.accounts.factors.policy import owes
from observability.accounts.glass import note_view
from observability.accounts.looks import note_denied
from observability.accounts.models import User
from observability.accounts.queries.held import Holding, held_by
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope, note_use, scope_of
from observability.accounts.viewing import Viewing, viewing
from observability.core.clock import now

LARGEST = 2**63 - 1  # of the numbers that a database can be asked for
Rest = ParamSpec("Rest")
View = Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]


class PersonRequest(HttpRequest):
    """A request that has passed the guard: somebody signed in asks, within `scope`.

    Where the guard lets displays in, it may be one of these: then nobody is signed in.
    """

    user: User
    scope: Scope
    holding: Holding
    htmx: HtmxDetails
    request_id: str


def require(
    permission: Permission, *, displays: bool = False
) -> Callable[[Callable[Concatenate[PersonRequest, Rest], HttpResponseBase]], View[Rest]]:
    """Let a view run only for people who hold `permission` somewhere; it finds `request.scope`.

    Nobody signed in is sent to sign in. Somebody without the permission gets 404: that the page exists
    is itself not theirs to know. Whoever is signed in and asks for what is not there for them is on record.
    `displays` lets a wall display read the page, too.
    """

    def guard(view: Callable[Concatenate[PersonRequest, Rest], HttpResponseBase]) -> View[Rest]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
            person = cast(PersonRequest, request)
            wall = asking(request)
            if wall is not None:
                if not displays or request.method not in ("GET", "HEAD") or not _can_be_asked(request):
                    raise Http404
                person.scope = wall.scope
                return view(person, *args, **kwargs)
            if not isinstance(request.user, User):
                return to_sign_in(request)
            at = now()
            seen_as = viewing(request, at=at)
            if seen_as is not None:
                return _as_seen(person, seen_as, permission, lambda: view(person, *args, **kwargs), at)
            holding = held_by(user_id=request.user.pk, at=at)
            scope = scope_of(holding, permission)
            if not _can_be_asked(request):
                raise Http404
            if not scope.facility_ids:
                note_denied(user=request.user, view=_name(request), named=kwargs, at=at)
                raise Http404
            _refuse_what_cannot_be_kept(request)
            note_use(holding, permission, at)
            note_view(person, holding=holding, permission=permission, view=_name(request), at=at)
            person.scope, person.holding = scope, holding
            try:
                return view(person, *args, **kwargs)
            except (Http404, PermissionDenied):
                note_denied(user=request.user, view=_name(request), named=kwargs, at=at)
                raise

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.displays = displays  # type: ignore[attr-defined]
        return cast(View[Rest], guarded)

    return guard


def _as_seen(
    request: PersonRequest,
    seen_as: Viewing,
    permission: Permission,
    answer: Callable[[], HttpResponseBase],
    at: datetime,
) -> HttpResponseBase:
    """Answer somebody who sees as somebody else: what both may see, or why it is not shown."""
    scope = scope_of(seen_as.shared, permission)
    if not _can_be_asked(request):
        raise Http404
    match = request.resolver_match
    refused = partial(
        note_denied,
        user=request.user,
        view=_name(request),
        named=match.kwargs if match else {},
        at=at,
        seen_as=seen_as.person,
    )
    if scope.facility_ids:
        note_view(request, holding=seen_as.shared, permission=permission, view=_name(request), at=at)
        request.scope, request.holding = scope, seen_as.shared
        try:
            return answer()
        except (Http404, PermissionDenied) as exc:
            if isinstance(exc, PermissionDenied) or not is_placed(_name(request)):
                refused()
                raise
    refused()
    explained = explain(
        scope=seen_as.decides,
        by=request.user,
        about=seen_as.person,
        theirs=seen_as.theirs,
        door=Door(match.view_name, permission, match.kwargs) if match else None,
        at=at,
    )
    page = {"name": seen_as.name, "answer": explained}
    return render(request, "accounts/not_shown.html", {"page": page}, status=404)


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""


def _can_be_asked(request: HttpRequest) -> bool:
    """Say whether the address holds only text and numbers that a database can be asked for."""
    named = [*request.resolver_match.kwargs.values()] if request.resolver_match else []
    said = [value for _, values in request.GET.lists() for value in values]
    said += [value for value in named if isinstance(value, str)]
    return all(value <= LARGEST for value in named if isinstance(value, int)) and not any(
        "\0" in value or "\ufffd" in value for value in said
    )


def _refuse_what_cannot_be_kept(request: HttpRequest) -> None:
    """Answer 400 to a form whose text no database keeps."""
    if any("\0" in value for _, values in request.POST.lists() for value in values):
        raise BadRequest("a form held NUL")


def to_second_factor(request: HttpRequest) -> HttpResponseBase | None:
    """Lead whoever owes a second factor to adding one, or to sign in again with theirs; None for others."""
    if not isinstance(request.user, User) or not owes(request, now()):
        return None
    if has_factor(request.user.pk):
        # Added in another window, or demanded only now: this session never saw it.
        logout(request)
        return to_sign_in(request)
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(resolve_url("accounts:enrol"))
    return redirect("accounts:enrol")


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send whoever asks to the sign-in page, and back to where they were once they have signed in."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    if htmx is None or not htmx:
        return redirect_to_login(request.get_full_path())
    # A fragment is no page to come back to: the page that holds it is.
    try:
        held = urlsplit(htmx.current_url or "/")
    except ValueError:
        held = urlsplit("/")
    page = held.path + (f"?{held.query}" if held.query else "")
    return HttpResponseClientRedirect(f"{resolve_url('accounts:sign-in')}?{urlencode({'next': page})}")
