"""How long a session lasts: until nobody used it for a while, and never beyond a working day.

It ends at once when what it rests on does: the person is switched off, has a new password, or holds no grant
any more. The database sees to that (0006_sessions_end.up.sql), whoever makes the change and by which way.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.db.models import Q, QuerySet

from observability.accounts import audit
from observability.accounts.models import LiveSession, User

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
DEVICE = "device"
# Moving the time of last use with every request would make every read a write.
SEEN_STEP_SECONDS = 60
RAN_OUT_AT_ONCE = 100
# Set by a page that asks by itself. Leaving it out gains nothing that a click would not.
POLLING_HEADER = "X-Polling"
# The first that is found in what a browser calls itself: each also claims to be those further down.
BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
            ("CriOS/", "Chrome"), ("FxiOS/", "Firefox"), ("Safari/", "Safari"))  # fmt: skip
SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("CrOS", "ChromeOS"), ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of somebody's sessions, as they see it; `id` names it and opens nothing."""

    id: str
    device: str
    started_at: datetime | None
    seen_at: datetime | None
    current: bool


def begin(session: SessionBase, at: datetime) -> None:
    """Start the clocks of a session that somebody has just signed in to."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = at.timestamp()
    # There is no other moment when somebody cares for those that ran out. Some at a time, and never those
    # that another sign-in deletes just now.
    with transaction.atomic():
        over = LiveSession.objects.filter(expire_date__lt=at).select_for_update(skip_locked=True)
        LiveSession.objects.filter(pk__in=list(over.values_list("pk", flat=True)[:RAN_OUT_AT_ONCE])).delete()


def is_over(session: SessionBase, at: datetime, *, polled: bool = False) -> bool:
    """Say whether the session has ended; where it has not, note that it is in use.

    What a page asks for by itself is no use: a window that was left open must not keep a session alive.
    """
    moment = at.timestamp()
    signed_in_at = session.setdefault(SIGNED_IN_AT, moment)
    seen_at = session.setdefault(SEEN_AT, moment)
    if (
        moment - seen_at > settings.SESSION_IDLE_SECONDS
        or moment - signed_in_at > settings.SESSION_MAX_SECONDS
    ):
        return True
    if moment - seen_at > SEEN_STEP_SECONDS and not polled:
        session[SEEN_AT] = moment
    return False


def device_of(agent: str) -> str:
    """Return what sort of device a User-Agent names, as coarse as somebody needs to know their own again."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    return " on ".join(word for word in (browser, system) if word) or "Unknown device"


def note_device(session: SessionBase, agent: str) -> None:
    """Remember with a new session what it runs on."""
    if DEVICE not in session:
        session[DEVICE] = device_of(agent)


def own_sessions(*, user: User, current: str | None, at: datetime, limit: int = 100) -> list[OwnSession]:
    """Return the live sessions of `user`, the `current` one (its key) first, then the last used."""
    mine = [
        OwnSession(
            id=audit.session_hash(row.session_key),
            device=row.device or "Unknown device",
            started_at=row.started_at,
            seen_at=row.seen_at,
            current=row.session_key == current,
        )
        for row in _live(user, at).order_by("-seen_at")[:limit]
    ]
    return sorted(mine, key=lambda each: not each.current)


def end_sessions(*, user: User, current: str | None, at: datetime, ids: Collection[str] | None) -> int:
    """End sessions of `user` other than the current one: those named by `ids`, or all. Return how many.

    Each leaves an audit row. One that has ended already, or is somebody else's, is not there to be ended.
    """
    with transaction.atomic():
        rows = LiveSession.objects.filter(user=user).exclude(session_key=current or "")
        named = {audit.session_hash(row.session_key): row for row in rows.select_for_update()}
        ended = sorted(named if ids is None else named.keys() & set(ids))
        for id in ended:
            named[id].delete()
            audit.record(audit.Act.SESSION_ENDED, user=user, object_type="session", object_id=id, at=at)
    return len(ended)


def _live(user: User, at: datetime) -> QuerySet[LiveSession]:
    used = Q(seen_at=None) | Q(seen_at__gte=at - timedelta(seconds=settings.SESSION_IDLE_SECONDS))
    young = Q(started_at=None) | Q(started_at__gte=at - timedelta(seconds=settings.SESSION_MAX_SECONDS))
    return LiveSession.objects.filter(used, young, user=user, expire_date__gt=at)
