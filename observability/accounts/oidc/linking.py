"""Tie somebody who has an account here to who they are at the provider, by hand, or take that back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from observability.accounts import audit, groups
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import OutsideIdentity, User


class Taken(Exception):
    """The subject is somebody here already."""


class NotLinked(Exception):
    """The subject is nobody here."""


def link(*, user: User, subject: str, reason: str, at: datetime) -> None:
    """Let a subject of the provider be `user` from now on. Raises audit.ReasonTooShort and Taken."""
    why = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(f"oidc:{subject}")
        made, new = OutsideIdentity.objects.get_or_create(
            issuer=settings.OIDC_ISSUER,
            subject=subject,
            defaults={"user": user, "first_at": at, "last_at": at},
        )
        if not new:
            raise Taken
        _record(audit.Act.IDENTITY_LINKED, made, why, at)


def unlink(*, subject: str, reason: str, at: datetime) -> None:
    """Let a subject be nobody here, and end the sessions of who they were and what its groups gave them.

    Raises audit.ReasonTooShort and NotLinked.
    """
    why = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(f"oidc:{subject}")  # who arrives just now would be kept anew
        ours = OutsideIdentity.objects.select_related("user")
        found = ours.filter(issuer=settings.OIDC_ISSUER, subject=subject).first()
        if found is None:
            raise NotLinked
        user = found.user
        found.delete()
        # Nobody comes back whose groups could take it from them.
        groups.follow(user=user, groups=_groups_left(user), at=at)
        User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
        _record(audit.Act.IDENTITY_UNLINKED, found, why, at)


def _groups_left(user: User) -> list[str]:
    """Return the groups that somebody has by other subjects that they are still tied to."""
    return [group for each in OutsideIdentity.objects.filter(user=user) for group in each.groups]


def _record(act: audit.Act, identity: OutsideIdentity, why: str, at: datetime) -> None:
    audit.record(act, user=None, object_type="user", object_id=identity.user_id, at=at, reason=why)
