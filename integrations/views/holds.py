"""Place a legal hold, ask to have one lifted, and agree that it is."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from integrations.catalogue import retention
from integrations.models import LegalHold
from integrations.queries.connectors import senders_in
from integrations.retention import holds
from integrations.retention.holds import BadHold, Held, NotAsked, OwnRequest
from integrations.views.retention import shown
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now

FIELDS = ("name", "reason", "data_class", "facility", "connector", "since", "until", "transactions")
MOST_IDS = 1_000
TOO_SHORT = f"Write at least {audit.MIN_REASON} characters: somebody may ask later what it was for."
NOT_YOURS = "A hold that is not on one of your facilities is placed by somebody who decides on all of them."


@require(Permission.MANAGE_HOLDS)
@require_POST
def place(request: PersonRequest) -> HttpResponse:
    """Place a hold; it holds when the page comes back."""
    said = {name: request.POST.get(name, "").strip() for name in FIELDS}
    try:
        holds.place(
            scope=request.scope, user=request.user, what=_held(request, said), reason=said["reason"], at=now()
        )
    except BadHold as exc:
        return shown(request, said=said, error=str(exc), where="place")
    except audit.ReasonTooShort:
        return shown(request, said=said, error=TOO_SHORT, where="place")
    except PermissionDenied:
        return shown(request, said=said, error=NOT_YOURS, where="place")
    return redirect("integrations:retention")


@require(Permission.MANAGE_HOLDS)
@require_POST
def ask(request: PersonRequest, hold_id: int) -> HttpResponse:
    """Ask to have a hold lifted."""
    reason = request.POST.get("reason", "")
    return _act(
        request,
        lambda: holds.ask_to_lift(
            scope=request.scope, user=request.user, hold=_hold(hold_id), reason=reason, at=now()
        ),
    )


@require(Permission.MANAGE_HOLDS)
@require_POST
def lift(request: PersonRequest, hold_id: int) -> HttpResponse:
    """Agree to lift a hold that somebody else asked to have lifted."""
    return _act(
        request,
        lambda: holds.lift(scope=request.scope, user=request.user, hold=_hold(hold_id), at=now()),
    )


def _act(request: PersonRequest, act: Callable[[], None]) -> HttpResponse:
    try:
        act()
    except PermissionDenied as exc:
        raise Http404 from exc
    except audit.ReasonTooShort:
        return shown(request, error=TOO_SHORT, where="holds")
    except OwnRequest:
        return shown(request, error="Somebody else has to agree to what you asked for.", where="holds")
    except NotAsked:
        return shown(request, error="Nobody has asked to lift it, or it is lifted already.", where="holds")
    return redirect("integrations:retention")


def _hold(hold_id: int) -> LegalHold:
    return get_object_or_404(LegalHold, pk=hold_id)


def _held(request: PersonRequest, said: Mapping[str, str]) -> Held:
    """Read the form. Raises BadHold."""
    if said["data_class"] and said["data_class"] not in retention.policies():
        raise BadHold("There is no such class of data.")
    connector_id = _number(said["connector"])
    known = {each.id for each in senders_in(scope=request.scope)}
    if connector_id is not None and connector_id not in known:
        raise BadHold("There is no such connector.")
    until = _day(said["until"])
    return Held(
        name=said["name"],
        data_class=said["data_class"],
        facility_id=_number(said["facility"]),
        connector_id=connector_id,
        transaction_ids=_ids(said["transactions"]),
        since=_day(said["since"]),
        until=until + timedelta(days=1) if until else None,
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise BadHold("Choose one of the list.")
    return int(text)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as exc:
        raise BadHold("Write days as year-month-day.") from exc
    if day.date() == date.max:
        raise BadHold("There is no day after this one. Leave it empty where there is no last day.")
    return day


def _ids(text: str) -> tuple[UUID, ...] | None:
    words = text.replace(",", " ").split()
    if len(words) > MOST_IDS:
        raise BadHold(f"Name at most {MOST_IDS:,} transactions, or a facility and a period.")
    try:
        return tuple(UUID(word) for word in words) or None
    except ValueError as exc:
        raise BadHold("Name transactions by the id at the end of their address.") from exc
