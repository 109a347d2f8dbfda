"""Wall displays: a screen that shows the board of some facilities without anybody signed in.

It can read the board and nothing else, never more than whoever made it may see at the moment, and lasts until
its expiry, however it is used: there is nobody in front of it to click.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from observability.accounts import audit, links
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import Display, User
from observability.accounts.queries.held import held_by
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope, scope_of
from observability.accounts.signing_in import sign_out

KEY = "display_id"  # in the session of a display, which has no person
SEEN_STEP = timedelta(minutes=1)
# How long the browser of a display that ran out still knows what it was, and says so.
LINGERS = timedelta(days=7)


class NameTaken(Exception):
    """A display of this name stands already."""


class BadEnd(Exception):
    """The last day is over, or beyond what a display may last."""


@dataclass(frozen=True, slots=True)
class Showing:
    """A display that asks, and what it may read: a scope in which no permission is held."""

    id: int
    name: str
    scope: Scope
    expires_at: datetime


def make(
    *,
    scope: Scope,
    by: User,
    name: str,
    facility_ids: Collection[int],
    last_day: date,
    reason: str,
    at: datetime,
) -> tuple[Display, str]:
    """Make a display; return it with the token of its link, which is not to be had again.

    `last_day` is a UTC day, included. Raises PermissionDenied beyond where `by` both decides on access and
    sees the board, audit.ReasonTooShort, NameTaken and BadEnd.
    """
    why = audit.reason_of(reason)
    needed = (Permission.MANAGE_ACCESS, Permission.SEE_BOARD)
    if not facility_ids or not all(scope.allows_at(p, id) for p in needed for id in facility_ids):
        raise PermissionDenied
    if last_day == date.max:
        raise BadEnd  # no day comes after it
    expires_at = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    if not at < expires_at <= at + timedelta(days=settings.DISPLAY_DAYS + 1):
        raise BadEnd
    with transaction.atomic():
        one_at_a_time("displays")
        if Display.objects.filter(_standing(at), name=name).exists():
            raise NameTaken
        made = Display.objects.create(
            name=name,
            facility_ids=sorted(set(facility_ids)),
            made_by=by,
            made_at=at,
            reason=why,
            expires_at=expires_at,
        )
        lasts = timedelta(minutes=settings.LINK_MINUTES)
        token = links.make(
            purpose=links.Purpose.DISPLAY, subject=str(made.pk), made_by=by, at=at, lasts=lasts
        )
        _record(audit.Act.DISPLAY_MADE, made, by, at)
        return made, token


def invited(*, token: str, at: datetime) -> Display:
    """Return the display that a link would start, and leave the link unused. Raises links.NoSuchLink."""
    subject = links.subject_of(purpose=links.Purpose.DISPLAY, token=token, at=at)
    found = Display.objects.filter(_standing(at), pk=int(subject)).first()
    if found is None:
        raise links.NoSuchLink
    return found


def start(request: HttpRequest, *, token: str, at: datetime) -> None:
    """Use the link up and make this browser the display; whoever was signed in here is signed out.

    Raises links.NoSuchLink, also for a display that was ended or ran out before it began.
    """
    with transaction.atomic():
        display = invited(token=token, at=at)
        links.redeem(purpose=links.Purpose.DISPLAY, token=token, at=at)
        display.started_at = display.seen_at = at
        display.save(update_fields=["started_at", "seen_at"])
        sign_out(request, at=at)
        request.session[KEY] = display.pk
        request.session.set_expiry(display.expires_at + LINGERS)
        request.session.save()  # so that it has a key, by which the row in the audit names it
        _record(audit.Act.DISPLAY_STARTED, display, None, at)


def end(*, scope: Scope, display: Display, by: User, at: datetime) -> None:
    """End a display: with its next request it shows nothing. Raises PermissionDenied."""
    if not any(scope.allows_at(Permission.MANAGE_ACCESS, id) for id in display.facility_ids):
        raise PermissionDenied
    with transaction.atomic():
        if Display.objects.filter(pk=display.pk, ended_at=None).update(ended_at=at, ended_by=by):
            _record(audit.Act.DISPLAY_ENDED, display, by, at)


def standing(*, scope: Scope, at: datetime, limit: int = 200) -> list[Display]:
    """Return the displays that have not ended and show a facility of the scope, by name."""
    mine = Display.objects.filter(_standing(at), facility_ids__overlap=list(scope.facility_ids))
    return list(mine.select_related("made_by").order_by("name")[:limit])


def is_display(session: SessionBase) -> bool:
    """Say whether a session is that of a display."""
    return KEY in session


def showing(session: SessionBase, at: datetime) -> Showing | None:
    """Return the display of a session; None once it is over, or whoever made it sees none of it any more.

    Every request counts as a sign of life, those above all that the page makes by itself.
    """
    display = Display.objects.filter(_standing(at), pk=session[KEY], made_by__is_active=True).first()
    if display is None:
        return None
    theirs = scope_of(held_by(user_id=display.made_by_id, at=at), Permission.SEE_BOARD)
    ids = tuple(id for id in display.facility_ids if theirs.sees(id))
    if not ids:
        return None
    Display.objects.filter(pk=display.pk, seen_at__lt=at - SEEN_STEP).update(seen_at=at)
    scope = Scope(facility_ids=ids, cells={id: theirs.reach[id] for id in ids}, protected=theirs.protected)
    return Showing(display.pk, display.name, scope, display.expires_at)


def asking(request: HttpRequest) -> Showing | None:
    """Return the display that makes a request; None where it is a person or nobody."""
    found: Showing | None = getattr(request, "display", None)
    return found


def _standing(at: datetime) -> Q:
    return Q(ended_at=None, expires_at__gt=at)


def _record(act: audit.Act, display: Display, by: User | None, at: datetime) -> None:
    audit.record(
        act,
        user=by,
        object_type="display",
        object_id=display.pk,
        at=at,
        reason=display.reason if act is audit.Act.DISPLAY_MADE else "",
        facility_ids=display.facility_ids,
    )
