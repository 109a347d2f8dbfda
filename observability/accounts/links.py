"""Links that work once: signed for one purpose, kept as a hash, used up by the database.

Whatever is wrong with one (used, late, made for something else, tampered with), the answer is the same.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet

from observability.accounts.models import SignedLink, User

SECRET_BYTES = 32
# How long a link that ran out is kept, so that a late click can still be told from a forged one by us.
KEPT = timedelta(days=30)


class Purpose(StrEnum):
    """What a link may be for."""

    DISPLAY = "display"


class NoSuchLink(Exception):
    """The link opens nothing: which of the reasons it is, is not said."""


def make(*, purpose: Purpose, subject: str, made_by: User | None, at: datetime, lasts: timedelta) -> str:
    """Return a new token for `subject`, an id of ours. It is nowhere to be had a second time."""
    SignedLink.objects.filter(expires_at__lt=at - KEPT).delete()
    secret = secrets.token_urlsafe(SECRET_BYTES)
    SignedLink.objects.create(
        secret_hash=_hash(secret),
        purpose=purpose,
        subject=subject,
        made_by=made_by,
        made_at=at,
        expires_at=at + lasts,
    )
    return _signer(purpose).sign(secret)


def subject_of(*, purpose: Purpose, token: str, at: datetime) -> str:
    """Return what a link is for, and leave it unused. Raises NoSuchLink."""
    found = _good(purpose, token, at).values_list("subject", flat=True).first()
    if found is None:
        raise NoSuchLink
    return found


def redeem(*, purpose: Purpose, token: str, at: datetime) -> str:
    """Use a link up and return what it is for; of several who try at once, one succeeds.

    Raises NoSuchLink. In a transaction that fails it is not used.
    """
    if not _good(purpose, token, at).update(used_at=at):
        raise NoSuchLink
    return SignedLink.objects.get(secret_hash=_hash(_secret(purpose, token))).subject


def _good(purpose: Purpose, token: str, at: datetime) -> QuerySet[SignedLink]:
    hashed = _hash(_secret(purpose, token))
    return SignedLink.objects.filter(
        secret_hash=hashed, purpose=purpose, used_at=None, made_at__lte=at, expires_at__gt=at
    )


def _secret(purpose: Purpose, token: str) -> str:
    try:
        return _signer(purpose).unsign(token)
    except BadSignature as exc:
        raise NoSuchLink from exc


def _signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"observability.links.{purpose}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
