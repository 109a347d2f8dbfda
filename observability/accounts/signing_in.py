"""Sign somebody in or out; make guessing slow."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from observability.accounts import audit
from observability.accounts.factors.kept import Kind, has_factor
from observability.accounts.factors.policy import PROVEN, mark_proven
from observability.accounts.factors.proving import NotProven
from observability.accounts.locks import one_at_a_time
from observability.accounts.looks import note_look
from observability.accounts.models import SignInFailure, User
from observability.accounts.session import begin

HALFWAY = "halfway"
HALFWAY_SECONDS = 300
# Who was shown to ask, None for nobody, and by which second factor, None for the password alone.
Proof = Callable[[], tuple[User | None, Kind | None]]
WAY_OIDC = "oidc"
PROVIDER = "provider"  # what proved a second factor, where it was none of ours


class Refused(Exception):
    """Name, password or second factor is wrong, or the account is switched off: which is not said."""


class TooManyFailures(Exception):
    """Too many failures against this account or from this address; nothing was checked."""


class TooLate(Exception):
    """Nobody stands halfway here: the password was too long ago, or is another one by now."""


def sign_in(request: HttpRequest, *, username: str, password: str, at: datetime) -> bool:
    """Start a session for whoever knows this password; where they have a second factor, go halfway only.

    Returns whether the session has begun; its id changes either way. Raises Refused and TooManyFailures;
    either leaves an audit row, and Refused counts against the account and the address.
    """

    def proof() -> tuple[User | None, Kind | None]:
        user = authenticate(request, username=username, password=password)
        return (user if isinstance(user, User) else None), None

    error = _failed(request, username=username, proof=proof, at=at)
    if error is not None:
        raise error  # after the count of failures is committed
    return HALFWAY not in request.session


def sign_in_fully(request: HttpRequest, *, factor: Callable[[User], Kind], at: datetime) -> None:
    """Start the session of whoever stands halfway, by a second factor.

    `factor` proves one or raises NotProven, which counts like a wrong password. Raises Refused,
    TooManyFailures and TooLate.
    """
    user = halfway(request, at)
    if user is None:
        raise TooLate

    def proof() -> tuple[User | None, Kind | None]:
        try:
            return user, factor(user)
        except NotProven:
            return None, None

    error = _failed(request, username=user.username, proof=proof, at=at)
    if error is not None:
        raise error


def sign_in_known(request: HttpRequest, *, user: User, second_factor: bool, at: datetime) -> bool:
    """Start a session for whom the organisation's own sign-in has proven, and return whether it has begun.

    Where nothing proved a second factor there and they have one here, they go halfway, as by a password.
    """
    if not second_factor and has_factor(user.pk):
        _go_halfway(request, user, at, way=WAY_OIDC)
        return False
    _begin(request, user, PROVIDER if second_factor else None, at, way=WAY_OIDC)
    return True


def halfway(request: HttpRequest, at: datetime) -> User | None:
    """Return who was proven within five minutes, by a password or elsewhere, and owes a second factor."""
    kept = request.session.get(HALFWAY)
    if kept is None or at.timestamp() - kept["at"] > HALFWAY_SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(kept["hash"], user.get_session_auth_hash()):
        return None
    return user


def came_from_elsewhere(request: HttpRequest) -> bool:
    """Say whether whoever stands halfway was proven by the organisation's own sign-in, not by a password."""
    return bool(request.session.get(HALFWAY, {}).get("way"))


def _failed(request: HttpRequest, *, username: str, proof: Proof, at: datetime) -> Exception | None:
    account, address = _subject("account", username.lower()), _subject("address", client_address(request))
    with transaction.atomic():
        for subject in sorted((account, address)):
            one_at_a_time(subject)
        blocked = next((subject for subject in (address, account) if _is_blocked(subject, address, at)), None)
        if blocked is not None:
            _note_blocked(None, blocked, at)
            return TooManyFailures()
        user, kind = proof()
        if user is None:
            SignInFailure.objects.bulk_create(SignInFailure(subject=s, at=at) for s in (account, address))
            _audit(audit.Act.SIGN_IN_FAILED, User.objects.filter(username=username).first(), at)
            return Refused()
        if kind is None and has_factor(user.pk):
            # Failures stay: else every right password would give as many guesses at a code again.
            _go_halfway(request, user, at)
        else:
            # Also those of anybody that count no more: there is no other moment when somebody cares for them.
            SignInFailure.objects.filter(Q(subject=account) | Q(at__lte=_window_start(at))).delete()
            way = request.session.get(HALFWAY, {}).get("way", "") if kind else ""
            _begin(request, user, kind, at, way=way)
    return None


def _go_halfway(request: HttpRequest, user: User, at: datetime, *, way: str = "") -> None:
    request.session.cycle_key()  # whoever planted the id before does not stand halfway
    request.session[HALFWAY] = {
        "user": user.pk,
        "at": at.timestamp(),
        "hash": user.get_session_auth_hash(),
        "way": way,
    }
    _audit(audit.Act.IDENTITY_ACCEPTED if way else audit.Act.PASSWORD_ACCEPTED, user, at, way=way)


def _begin(request: HttpRequest, user: User, kind: str | None, at: datetime, *, way: str = "") -> None:
    login(request, user)
    begin(request.session, at)
    for name in (HALFWAY, PROVEN):
        request.session.pop(name, None)
    if kind is not None:
        mark_proven(request.session, kind)
    _audit(audit.Act.SIGNED_IN, user, at, factor=kind or "", way=way)


def confirm_password(user: User, password: str, at: datetime) -> None:
    """Let somebody signed in prove that it is still them. Raises what `sign_in` raises."""
    error = _unconfirmed(user, password, at)
    if error is not None:
        raise error  # after the count of failures is committed


def _unconfirmed(user: User, password: str, at: datetime) -> Exception | None:
    account = _subject("account", user.username.lower())
    with transaction.atomic():
        one_at_a_time(account)
        if _is_blocked(account, "", at):
            _note_blocked(user, account, at)
            return TooManyFailures()
        if user.check_password(password):
            return None
        SignInFailure.objects.create(subject=account, at=at)
        _audit(audit.Act.SIGN_IN_FAILED, user, at)
        return Refused()


def refuse_the_blocked(request: HttpRequest, *, at: datetime) -> None:
    """Raise TooManyFailures where an address failed too often to be heard at all."""
    address = _subject("address", client_address(request))
    with transaction.atomic():
        blocked = _is_blocked(address, address, at)
        if blocked:
            _note_blocked(None, address, at)
    if blocked:
        raise TooManyFailures  # after its row is committed


def note_failure(request: HttpRequest, user: User | None, *, why: str, at: datetime) -> None:
    """Leave the audit row of a bad arrival from the organisation's sign-in; it counts against the address.

    `why` is a code of ours.
    """
    with transaction.atomic():
        SignInFailure.objects.create(subject=_subject("address", client_address(request)), at=at)
        _audit(audit.Act.SIGN_IN_FAILED, user, at, way=WAY_OIDC, why=why)


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


def _is_blocked(subject: str, address: str, at: datetime) -> bool:
    most = settings.SIGN_IN_FAILURES_PER_ADDRESS if subject == address else settings.SIGN_IN_FAILURES
    return _failures(subject, at) >= most


def _note_blocked(user: User | None, subject: str, at: datetime) -> None:
    """Leave one row in a while for what is blocked: nobody fills the audit by hammering at a shut door."""
    note_look(
        audit.Act.SIGN_IN_BLOCKED,
        user=user,
        object_type="user",
        object_id=user.pk if user else "",
        at=at,
        asked=subject,
        outcome="refused",
    )


def _subject(kind: str, value: str) -> str:
    # Keyed: people type passwords into the name field, and an address is personal too.
    return hmac.new(settings.SECRET_KEY.encode(), f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def _audit(act: audit.Act, user: User | None, at: datetime, **how: str) -> None:
    audit.record(
        act,
        user=user,
        object_type="user",
        object_id=user.pk if user else "",
        at=at,
        outcome="refused" if act == audit.Act.SIGN_IN_FAILED else "done",
        changes={name: str(said) for name, said in how.items() if said} or None,
    )
