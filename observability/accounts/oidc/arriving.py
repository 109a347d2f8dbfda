"""Who is it here that the provider knows, and may they come in?

A subject of the issuer, and nothing else, names somebody: never an e-mail address or a user name, which
somebody else may have had, or give themselves, at the provider. Who is not known gets an account only with
a role.
"""

import re
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from observability.accounts import groups
from observability.accounts.adding import USER_NAMES
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import OutsideIdentity, User
from observability.accounts.oidc.asking import Answer, NotProven, answered
from observability.accounts.oidc.tokens import Claims
from observability.accounts.signing_in import note_failure, refuse_the_blocked, sign_in_known

NAME = re.compile(r"[^\w.@+-]")
MOST_NAME = 140  # letters; a number may follow


class NoRole(Exception):
    """The provider knows them; nothing that they hold here lets them in, or they were switched off."""


def arrive(request: HttpRequest, *, at: datetime) -> tuple[str, bool]:
    """Start the session of whoever comes back from the provider.

    Return where they wanted to be, and whether it has begun: a second factor of ours may be left to prove.

    Raises NotAsked, TooManyFailures, NotProven and NoRole; the last two leave an audit row, and count against
    the address.
    """
    refuse_the_blocked(request, at=at)
    try:
        answer = answered(request)
    except NotProven as exc:
        note_failure(request, None, why=exc.why, at=at)
        raise
    begun = _let_in(request, answer, at)
    if begun is None:
        raise NoRole  # after what their groups took away is committed
    return answer.wanted, begun


def _let_in(request: HttpRequest, answer: Answer, at: datetime) -> bool | None:
    """Return whether the session has begun; None where they do not come in."""
    claims = answer.claims
    with transaction.atomic():
        one_at_a_time(f"oidc:{claims.subject}")
        identity = _identity(claims, at)
        if identity is None:
            note_failure(request, None, why="no_role", at=at)
            return None
        user = identity.user
        holds = user.is_active and groups.follow(user=user, groups=claims.groups, at=at)
        if not holds:
            note_failure(request, user, why="no_role" if user.is_active else "switched_off", at=at)
            return None
        user.refresh_from_db()  # what the groups took away may have moved the epoch of its sessions
        proven = bool(claims.methods & set(settings.OIDC_SECOND_FACTOR))
        return sign_in_known(request, user=user, second_factor=proven, at=at)


def _identity(claims: Claims, at: datetime) -> OutsideIdentity | None:
    """Return who they are here, with their groups of now; None where they are nobody and get no role."""
    found = (
        OutsideIdentity.objects.select_related("user")
        .filter(issuer=settings.OIDC_ISSUER, subject=claims.subject)
        .first()
    )
    if found is None:
        if not groups.gives_any(claims.groups):
            return None
        user = User(username=_free_name(claims), first_name=claims.name)
        user.set_unusable_password()
        user.save()
        found = OutsideIdentity(issuer=settings.OIDC_ISSUER, subject=claims.subject, user=user, first_at=at)
    found.groups, found.last_at = list(claims.groups), at
    found.save()
    return found


def _free_name(claims: Claims) -> str:
    """Return a user name that nobody has, also not in other letters."""
    wanted = NAME.sub("", claims.username)[:MOST_NAME] or "person"
    name, number = wanted, 1
    one_at_a_time(USER_NAMES)
    while User.objects.filter(username__iexact=name).exists():
        number += 1
        name = f"{wanted}-{number}"
    return name
