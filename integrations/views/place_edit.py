"""Change the hierarchy: add, move, rename, end a place, say who answers for it. Refusals are words."""

from collections.abc import Callable, Mapping
from datetime import date

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from integrations.models import BEGINNING, Place, PlaceKind
from integrations.queries import places as queries
from integrations.reference import hierarchy, keeping
from integrations.views.reference import day_words
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now

REFUSED: Mapping[type[Exception], str] = {
    hierarchy.PlaceTaken: "There is a place of this code there already.",
    hierarchy.WrongParent: "Places of this kind do not belong to places of that kind.",
    hierarchy.Circle: "It would lie within itself.",
    hierarchy.NotThere: "One of the two is not there on all of these days.",
    keeping.StillHolds: "Others belong to it on days on which it would be gone. Move or end those first.",
    keeping.NotTheLast: "It was renamed on that day or later. Say a later day.",
    audit.ReasonTooShort: f"Say why, in at least {audit.MIN_REASON} letters.",
}
NOT_YOURS = "Only who manages the catalogue and access of every facility changes the hierarchy."


class Unwell(Exception):
    """A form says something that cannot be read; the words say what."""


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def add(request: PersonRequest) -> HttpResponse:
    """Make a network, region or department. A facility comes with its own place."""

    def done() -> str:
        kind, said = request.POST.get("kind", ""), request.POST
        if (
            kind not in PlaceKind.values
            or not said.get("code", "").strip()
            or not said.get("name", "").strip()
        ):
            raise Unwell("A place needs a kind, a code and a name.")
        since = _said_day(request, "since") or BEGINNING
        made = hierarchy.add_place(
            PlaceKind(kind),
            said["code"].strip()[:80],
            said["name"].strip()[:120],
            parent=_parent(request),
            since=since,
            by=request.user,
            at=now(),
        )
        return f"{made.name} was added."

    return _act(request, done, reverse("integrations:places"))


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def act(request: PersonRequest, place_id: int, verb: str) -> HttpResponse:
    """Move, rename or end a place, or say who answers for it."""
    if queries.place_seen(scope=request.scope, place_id=place_id) is None or verb not in VERBS:
        raise Http404
    subject = Place.objects.get(pk=place_id)
    return _act(
        request, lambda: VERBS[verb](request, subject), reverse("integrations:place", args=[place_id])
    )


def _act(request: PersonRequest, done: Callable[[], str], back: str) -> HttpResponse:
    """Do something to the hierarchy and say what came of it; refusals are words, and change nothing."""
    if not keeping.may_move(request.scope):
        messages.error(request, NOT_YOURS, extra_tags="bad")
        return redirect(back)
    try:
        with transaction.atomic():
            words = done()
    except Unwell as exc:
        messages.error(request, str(exc), extra_tags="bad")
    except tuple(REFUSED) as exc:
        messages.error(request, REFUSED[type(exc)], extra_tags="bad")
    else:
        messages.success(request, words, extra_tags="good")
    return redirect(back)


def _move(request: PersonRequest, subject: Place) -> str:
    moved = hierarchy.belong(
        subject,
        to=_parent(request),
        since=_said_day(request, "since") or BEGINNING,
        until=_said_day(request, "until"),
        by=request.user,
        at=now(),
        reason=audit.reason_of(request.POST.get("reason", "")),
    )
    return "It was moved." if moved else "It lies there already: nothing changed."


def _rename(request: PersonRequest, subject: Place) -> str:
    name, at = request.POST.get("name", "").strip()[:120], now()
    if not name:
        raise Unwell("Say the new name.")
    since = _said_day(request, "since") or at.date()
    reason = request.POST.get("reason", "")
    done = keeping.rename(subject, name, since=since, by=request.user, at=at, reason=reason)
    if done and since > at.date():
        return f"It will be called so from {day_words(since, empty='')} on."
    return "It was renamed." if done else "It is called so already: nothing changed."


def _end(request: PersonRequest, subject: Place) -> str:
    last = _said_day(request, "last")
    if last is None:
        raise Unwell("Say the last day.")
    reason = request.POST.get("reason", "")
    done = keeping.end_place(subject, last=last, by=request.user, at=now(), reason=reason)
    return f"It ends on {day_words(last, empty='')}." if done else "It ends then already: nothing changed."


def _answer(request: PersonRequest, subject: Place) -> str:
    owner, steward = (request.POST.get(name, "").strip()[:120] for name in ("owner", "steward"))
    reason = request.POST.get("reason", "")
    done = keeping.answer_for(subject, owner=owner, steward=steward, by=request.user, at=now(), reason=reason)
    return "It was written down." if done else "That is so already: nothing changed."


VERBS: Mapping[str, Callable[[PersonRequest, Place], str]] = {
    "move": _move,
    "rename": _rename,
    "end": _end,
    "answer": _answer,
}


def _parent(request: PersonRequest) -> Place | None:
    said = request.POST.get("parent", "")
    if not said:
        return None
    if (
        not said.isdecimal()
        or len(said) > 18
        or queries.place_seen(scope=request.scope, place_id=int(said)) is None
    ):
        raise Unwell("There is no such place to belong to.")
    return Place.objects.get(pk=int(said))


def _said_day(request: PersonRequest, name: str) -> date | None:
    said = request.POST.get(name, "").strip()
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError as exc:
        raise Unwell("A day is written as 2026-03-31.") from exc
    if day == date.max:
        raise Unwell("There is no day after this one. Leave it empty where there is no last day.")
    return day
