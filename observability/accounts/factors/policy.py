"""Who must prove a second factor, and whether a session did."""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q
from django.http import HttpRequest

from observability.accounts.models import Grant, User
from observability.accounts.roles import Role
from observability.accounts.session import SIGNED_IN_AT

PROVEN = "second_factor"
CONFIRMED = "confirmed_at"  # when the organisation's own sign-in said that it is still them
JUST_NOW_SECONDS = 300
ALL = "all"


def roles() -> frozenset[Role]:
    """Return the roles whose people must prove a second factor. Raises ValueError for a name of no role."""
    named = settings.SECOND_FACTOR_ROLES
    return frozenset(Role) if ALL in named else frozenset(map(Role, named))


def demands(user_id: int, at: datetime) -> bool:
    """Say whether a role that somebody holds today demands a second factor, wherever they hold it."""
    demanding = roles()
    if not demanding:
        return False
    today = at.date()
    standing = Q(valid_from=None) | Q(valid_from__lte=today), Q(valid_to=None) | Q(valid_to__gte=today)
    return Grant.objects.filter(*standing, user_id=user_id, ended_at=None, role__in=demanding).exists()


def owes(request: HttpRequest, at: datetime) -> bool:
    """Say whether this session must prove a second factor before it is served anything.

    Costs a query only for a session without a factor, where some role demands one.
    """
    user = request.user
    return isinstance(user, User) and PROVEN not in request.session and demands(user.pk, at)


def offers(user: User, at: datetime) -> bool:
    """Say whether somebody may add factors: those who share their password would lock each other out."""
    return not settings.DEMO or demands(user.pk, at)


def mark_proven(session: SessionBase, kind: str) -> None:
    """Note that the person of this session proved more than a password, and by what."""
    session[PROVEN] = kind


def mark_confirmed(session: SessionBase, at: datetime) -> None:
    """Note that the person of this session proved anew, elsewhere, that it is them."""
    session[CONFIRMED] = at.timestamp()


def just_confirmed(session: SessionBase, at: datetime) -> bool:
    """Say whether they did so lately, on purpose: that stands for a password."""
    return _just_now(session, CONFIRMED, at)


def just_signed_in(session: SessionBase, at: datetime) -> bool:
    """Say whether somebody proved so lately who they are that nothing is asked again to add a factor."""
    return _just_now(session, SIGNED_IN_AT, at) or just_confirmed(session, at)


def _just_now(session: SessionBase, name: str, at: datetime) -> bool:
    return bool(at.timestamp() - session.get(name, float("-inf")) <= JUST_NOW_SECONDS)
