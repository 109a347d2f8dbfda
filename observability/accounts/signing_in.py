"""Sign somebody in or out; make guessing slow."""

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import SignInFailure, User
from observability.accounts.session import begin


class Refused(Exception):
    """The name or the password is wrong, or the account is switched off: which of these is not said."""


class TooManyFailures(Exception):
    """Too many failures against this account or from this address; nothing was checked."""


def sign_in(request: HttpRequest, *, username: str, password: str, at: datetime) -> User:
    """Start a session for whoever knows this password; the session's id changes.

    Raises Refused and TooManyFailures; either leaves an audit row, and Refused counts against the account
    and the address.
    """
    user, error = _checked(request, username=username, password=password, at=at)
    if user is None:
        raise error  # after the count of failures is committed
    return user


def _checked(
    request: HttpRequest, *, username: str, password: str, at: datetime
) -> tuple[User | None, Exception]:
    account, address = _subject("account", username.lower()), _subject("address", client_address(request))
    with transaction.atomic():
        for subject in sorted((account, address)):
            one_at_a_time(subject)
        if _failures(account, at) >= settings.SIGN_IN_FAILURES or (
            _failures(address, at) >= settings.SIGN_IN_FAILURES_PER_ADDRESS
        ):
            _audit(audit.Act.SIGN_IN_BLOCKED, None, at)
            return None, TooManyFailures()
        user = authenticate(request, username=username, password=password)
        if not isinstance(user, User):
            SignInFailure.objects.bulk_create(SignInFailure(subject=s, at=at) for s in (account, address))
            _audit(audit.Act.SIGN_IN_FAILED, User.objects.filter(username=username).first(), at)
            return None, Refused()
        # Also those of anybody that count no more: there is no other moment when somebody cares for them.
        SignInFailure.objects.filter(Q(subject=account) | Q(at__lte=_window_start(at))).delete()
        login(request, user)
        begin(request.session, at)
        _audit(audit.Act.SIGNED_IN, user, at)
        return user, Refused()


def confirm_password(user: User, password: str, at: datetime) -> None:
    """Let somebody signed in prove that it is still them. Raises what `sign_in` raises."""
    error = _unconfirmed(user, password, at)
    if error is not None:
        raise error  # after the count of failures is committed


def _unconfirmed(user: User, password: str, at: datetime) -> Exception | None:
    account = _subject("account", user.username.lower())
    with transaction.atomic():
        one_at_a_time(account)
        if _failures(account, at) >= settings.SIGN_IN_FAILURES:
            _audit(audit.Act.SIGN_IN_BLOCKED, user, at)
            return TooManyFailures()
        if user.check_password(password):
            return None
        SignInFailure.objects.create(subject=account, at=at)
        _audit(audit.Act.SIGN_IN_FAILED, user, at)
        return Refused()


def sign_out(request: HttpRequest, *, at: datetime) -> None:
    """End the session; does nothing where there is none."""
    with transaction.atomic():
        if isinstance(request.user, User):
            _audit(audit.Act.SIGNED_OUT, request.user, at)
        logout(request)


def client_address(request: HttpRequest) -> str:
    """Return the address that asks: what the outermost proxy of ours saw, never what a client claims."""
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    if hops and len(forwarded) >= hops:
        return forwarded[-hops]
    return str(request.META.get("REMOTE_ADDR", ""))


def _window_start(at: datetime) -> datetime:
    return at - timedelta(seconds=settings.SIGN_IN_WINDOW_SECONDS)


def _failures(subject: str, at: datetime) -> int:
    return SignInFailure.objects.filter(subject=subject, at__gt=_window_start(at)).count()


def _subject(kind: str, value: str) -> str:
    # Keyed: people type passwords into the name field, and an address is personal too.
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def _audit(act: audit.Act, user: User | None, at: datetime) -> None:
    audit.record(act, user=user, object_type="user", object_id=user.pk if user else "", at=at)
