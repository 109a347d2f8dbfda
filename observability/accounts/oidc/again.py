"""Is it still them? Asked of the provider, for people who have no password here."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.factors.policy import mark_confirmed
from observability.accounts.models import OutsideIdentity, User
from observability.accounts.oidc.asking import Answer, NotAsked, NotProven, answered, asked_here
from observability.accounts.oidc.tokens import LEEWAY_SECONDS
from observability.accounts.signing_in import note_failure, refuse_the_blocked


def elsewhere(user: User) -> str:
    """Return by whose sign-in somebody proves that it is still them; empty for who has a password here."""
    return "" if user.has_usable_password() else settings.OIDC_NAME


def is_asked_again(request: HttpRequest) -> bool:
    """Say whether this browser was sent away to prove again who is signed in."""
    try:
        return bool(asked_here(request)["who"])
    except (NotAsked, NotProven):
        return False


def prove_again(request: HttpRequest, user: User, *, at: datetime) -> str:
    """Take the provider's word that somebody signed in has just proved it; return where they wanted to be.

    Raises NotAsked, TooManyFailures and NotProven; the last leaves an audit row, and counts against the
    address.
    """
    refuse_the_blocked(request, at=at)
    try:
        answer = answered(request)
        _is_them_now(answer, user, at)
    except NotProven as exc:
        note_failure(request, user, why=exc.why, at=at)
        raise
    with transaction.atomic():
        mark_confirmed(request.session, at)
        audit.record(audit.Act.IDENTITY_CONFIRMED, user=user, object_type="user", object_id=user.pk, at=at)
    return answer.wanted


def _is_them_now(answer: Answer, user: User, at: datetime) -> None:
    """Raise NotProven where it was somebody else, or before it was asked: a session there proves nothing."""
    theirs = OutsideIdentity.objects.filter(
        issuer=settings.OIDC_ISSUER, subject=answer.claims.subject, user=user
    )
    if answer.who != str(user.pk) or not theirs.exists():
        raise NotProven("another_person")
    proven, earliest, latest = answer.claims.proven_at, answer.asked_at, at.timestamp()
    if proven is None or not earliest - LEEWAY_SECONDS <= proven <= latest + LEEWAY_SECONDS:
        raise NotProven("not_fresh")
