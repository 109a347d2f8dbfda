"""Add, remove and reset second factors: on record, and every other session of that person ends."""

import json
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.factors import policy
from observability.accounts.factors.kept import PRIMARY, Kind
from observability.accounts.factors.proving import LAST, MALFORMED, NotProven, answer_of, period_of
from observability.accounts.granting import decides_on_all
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.scopes import Scope
from observability.core.seal import CannotOpen

OFFERED = "offered_secret"
MOST_KEYS = 10


class AlreadyHeld(Exception):
    """There is an app already, or as many keys as anybody needs."""


class LastDemanded(Exception):
    """A role of this person demands a second factor, and this is their last."""


class OwnFactors(Exception):
    """Nobody resets their own: somebody else has to know that it is them."""


class NothingToReset(Exception):
    """This person has no second factor."""


def offered_secret(request: HttpRequest) -> str:
    """Return the secret that this session offers to an app: the same until it is taken, sealed meanwhile."""
    try:
        return str(decrypt(request.session[OFFERED]))
    except (KeyError, CannotOpen):
        secret = str(generate_totp_secret())
        request.session[OFFERED] = encrypt(secret)
        return secret


def add_app(request: HttpRequest, user: User, *, code: str, at: datetime) -> list[str]:
    """Add the app that knows the offered secret; return recovery codes where these are the first.

    Raises NotProven for a wrong code and AlreadyHeld.
    """
    secret = offered_secret(request)
    period = period_of(secret, code, at)
    if period is None:
        raise NotProven
    with transaction.atomic():
        one_at_a_time(f"factors:{user.pk}")
        if _count(user, Kind.APP):
            raise AlreadyHeld
        factor = TOTP.activate(user, secret).instance
        factor.data[LAST] = period  # the code that added it signs nobody in
        del request.session[OFFERED]
        return _added(request, user, factor, at)


def creation(user: User) -> str:
    """Return what a browser asks a new key, as JSON; the session remembers it."""
    return json.dumps(dict(webauthn.begin_registration(user, passwordless=False))["publicKey"])


def add_key(request: HttpRequest, user: User, *, name: str, answer: str, at: datetime) -> list[str]:
    """Add the key that answered what `creation` asked; return recovery codes where these are the first.

    Raises NotProven for an answer that is none, and AlreadyHeld.
    """
    said = answer_of(answer)
    try:
        webauthn.parse_registration_response(said)
        data = webauthn.complete_registration(said)
    except MALFORMED as exc:
        raise NotProven from exc
    finally:
        webauthn.clear_state()
    with transaction.atomic():
        one_at_a_time(f"factors:{user.pk}")
        known = {each.credential_id for each in webauthn.get_credentials(user)}
        if len(known) >= MOST_KEYS or data.credential_data.credential_id in known:
            raise AlreadyHeld
        factor = webauthn.WebAuthn.add(user, name, dict(said)).instance
        factor.data[LAST] = data.counter
        return _added(request, user, factor, at)


def new_codes(request: HttpRequest, user: User, *, at: datetime) -> list[str]:
    """Make new recovery codes; the old ones open nothing any more. Raises NotProven without a factor."""
    with transaction.atomic():
        one_at_a_time(f"factors:{user.pk}")
        if not _count(user, *PRIMARY):
            raise NotProven
        Authenticator.objects.filter(user_id=user.pk, type=Kind.RECOVERY).delete()
        codes = _codes(user)
        _record(audit.Act.FACTOR_ADDED, user, Kind.RECOVERY, user, at)
        return codes


def remove(request: HttpRequest, user: User, *, factor_id: int, at: datetime) -> None:
    """Remove an app or a key; recovery codes go with the last. Raises LastDemanded and DoesNotExist."""
    with transaction.atomic():
        one_at_a_time(f"factors:{user.pk}")
        factor = Authenticator.objects.get(pk=factor_id, user_id=user.pk, type__in=PRIMARY)
        last = _count(user, *PRIMARY) == 1
        if last and policy.demands(user.pk, at):
            raise LastDemanded
        factor.delete()
        if last:
            Authenticator.objects.filter(user_id=user.pk).delete()
            request.session.pop(policy.PROVEN, None)
        _end_sessions(user)
        update_session_auth_hash(request, user)
        _record(audit.Act.FACTOR_REMOVED, user, Kind(factor.type), user, at)


def reset(*, scope: Scope, of: User, by: User | None, reason: str, at: datetime) -> None:
    """Take all factors from somebody who lost them, and end their sessions.

    `by` is None where the installation's own shell does it. Raises PermissionDenied where `by` does not
    decide on all that this person holds, OwnFactors, NothingToReset and audit.ReasonTooShort.
    """
    why = audit.reason_of(reason)
    if by is not None and by.pk == of.pk:
        raise OwnFactors
    # A reset opens the way to all that somebody holds, now or from a later day on.
    decides_on_all(scope, of, at)
    with transaction.atomic():
        one_at_a_time(f"factors:{of.pk}")
        taken, _ = Authenticator.objects.filter(user_id=of.pk).delete()
        if not taken:
            raise NothingToReset
        _end_sessions(of)
        audit.record(audit.Act.FACTORS_RESET, user=by, object_type="user", object_id=of.pk, at=at, reason=why)


def _added(request: HttpRequest, user: User, factor: Authenticator, at: datetime) -> list[str]:
    factor.save(update_fields=["data"])
    codes = [] if _count(user, Kind.RECOVERY) else _codes(user)
    policy.mark_proven(request.session, factor.type)
    _end_sessions(user)
    update_session_auth_hash(request, user)
    _record(audit.Act.FACTOR_ADDED, user, Kind(factor.type), user, at)
    return codes


def _codes(user: User) -> list[str]:
    return list(RecoveryCodes.activate(user).generate_codes())


def _count(user: User, *kinds: Kind) -> int:
    return int(Authenticator.objects.filter(user_id=user.pk, type__in=kinds).count())


def _end_sessions(user: User) -> None:
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])


def _record(act: audit.Act, of: User, kind: Kind, by: User, at: datetime) -> None:
    audit.record(act, user=by, object_type="user", object_id=of.pk, at=at, changes={"factor": str(kind)})
