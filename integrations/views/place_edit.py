"""Change the hierarchy: add, move, rename, end a place, say who answers for it. Refusals are words."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from integrations.models import BEGINNING, FacilityKind, Place, PlaceKind
from integrations.queries import places as queries
from integrations.reference import hierarchy, keeping
from integrations.views.places import shown
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
# Beside which field of a new place a refusal stands.
ABOUT: Mapping[type[Exception], tuple[str, str]] = {
    **{
        refused: (field, REFUSED[refused])
        for refused, field in (
            (hierarchy.PlaceTaken, "code"),
            (hierarchy.WrongParent, "parent"),
            (hierarchy.NotThere, "since"),
        )
    },
    hierarchy.WrongCode: (
        "code",
        "A facility's code is 1 to 20 letters, digits, - and _, and does not begin with -.",
    ),
    hierarchy.WrongZone: ("zone", "There is no such time zone. Name one as America/Chicago."),
}
NOT_YOURS = "Only who manages the catalogue and access of every facility changes the hierarchy."


Choice = TypeVar("Choice", bound=StrEnum)


class Unwell(Exception):
    """A form says something that cannot be read; the words say what, and `field` where."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.field = field


@require(Permission.MANAGE_CATALOGUE)
@require_POST
def add(request: PersonRequest) -> HttpResponse:
    """Make a place, a facility too. What is refused comes back as it was written, with words beside it."""
    if not keeping.may_move(request.scope):
        return _not_yours(request, reverse("integrations:places"))
    try:
        with transaction.atomic():
            made = _make(request)
    except Unwell as exc:
        return shown(request, said=request.POST.dict(), errors={exc.field: str(exc)})
    except tuple(ABOUT) as exc:
        field, words = ABOUT[type(exc)]
        return shown(request, said=request.POST.dict(), errors={field: words})
    messages.success(request, f"{made.name} was added.", extra_tags="good")
    return redirect("integrations:places")


def _make(request: PersonRequest) -> Place:
    kind = _one_of(PlaceKind, request, "kind", "Say what it is.")
    code = _written(request, "code", "A place needs a code.", 80)
    name = _written(request, "name", "A place needs a name.", hierarchy.NAME_LIMIT)
    parent, since = _parent(request), _said_day(request, "since") or BEGINNING
    if kind is not PlaceKind.FACILITY:
        return hierarchy.add_place(kind, code, name, parent=parent, since=since, by=request.user, at=now())
    return hierarchy.add_facility(
        code,
        name,
        kind=_one_of(FacilityKind, request, "care", "Say what kind of facility it is."),
        zone=request.POST.get("zone", "").strip(),
        parent=parent,
        since=since,
        by=request.user,
        at=now(),
    )


def _written(request: PersonRequest, field: str, words: str, limit: int) -> str:
    said = request.POST.get(field, "").strip()
    if not said:
        raise Unwell(words, field)
    if len(said) > limit:
        raise Unwell(f"It has at most {limit} characters.", field)
    return said


def _one_of(kinds: type[Choice], request: PersonRequest, field: str, words: str) -> Choice:
    try:
        return kinds(request.POST.get(field, ""))
    except ValueError as exc:
        raise Unwell(words, field) from exc


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
        return _not_yours(request, back)
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


def _not_yours(request: PersonRequest, back: str) -> HttpResponse:
    messages.error(request, NOT_YOURS, extra_tags="bad")
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
        raise Unwell("There is no such place to belong to.", "parent")
    return Place.objects.get(pk=int(said))


def _said_day(request: PersonRequest, name: str) -> date | None:
    said = request.POST.get(name, "").strip()
    try:
        day = date.fromisoformat(said) if said else None
    except ValueError as exc:
        raise Unwell("A day is written as 2026-03-31.", name) from exc
    if day == date.max:
        raise Unwell("There is no day after this one. Leave it empty where there is no last day.", name)
    return day
