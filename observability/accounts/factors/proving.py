"""Pure of accounts and limits: does this code, or this answer of a key, prove a factor? Each proves once."""

import json
import logging
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from cryptography.exceptions import UnsupportedAlgorithm
from django.core.exceptions import ValidationError
from django.db import transaction

from observability.accounts.factors.kept import Kind
from observability.accounts.models import User
from observability.core.seal import CannotOpen

log = logging.getLogger(__name__)

# The period of the last code that was taken, and the counter of a key: neither is taken again.
LAST = "last"
# What a made-up answer of a key runs into, somewhere in its bytes: fido2 checks as it goes along.
MALFORMED = (
    ValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError,
    OverflowError, RecursionError, struct.error, UnsupportedAlgorithm,
)  # fmt: skip


class NotProven(Exception):
    """The code or the answer is wrong, was used already, or came too late."""


def by_code(user: User, code: str, at: datetime) -> Kind:
    """Take a code of somebody's app, or a recovery code. Raises NotProven."""
    with transaction.atomic():
        for factor in _locked(user).exclude(type=Kind.KEY):
            if _proves(factor, code, at):
                return _used(factor, at)
    raise NotProven


def by_key(user: User, answer: str, at: datetime) -> Kind:
    """Take the answer of a security key to the challenge that `challenge` put into the session.

    Raises NotProven.
    """
    said = answer_of(answer)
    with transaction.atomic():
        list(_locked(user).values_list("pk"))
        try:
            counter = webauthn.parse_authentication_response(said).response.authenticator_data.counter
            factor = webauthn.complete_authentication(user, said)
        except MALFORMED as exc:
            raise NotProven from exc
        finally:
            webauthn.clear_state()  # a challenge is answered once, rightly or not
        last = factor.data.get(LAST, 0)
        if (counter or last) and counter <= last:
            raise NotProven  # somebody has a copy of the key; keys without a counter always say 0
        factor.data[LAST] = counter
        return _used(factor, at)


def challenge(user: User) -> str:
    """Return what a browser asks somebody's keys, as JSON; the session remembers it."""
    return json.dumps(dict(webauthn.begin_authentication(user))["publicKey"])


def period_of(secret: str, code: str, at: datetime, *, after: int = -1) -> int | None:
    """Return the period of thirty seconds whose code this is, None where it is none that may be taken now."""
    now = int(at.timestamp()) // app_settings.TOTP_PERIOD
    tolerance = app_settings.TOTP_TOLERANCE
    for period in range(max(now - tolerance, after + 1), now + tolerance + 1):
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, period))):
            return period
    return None


def answer_of(text: str) -> Mapping[str, Any]:
    """Return what a browser posted of a key. Raises NotProven where that is no JSON object."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise NotProven from exc
    if not isinstance(said, dict):
        raise NotProven
    return said


def _locked(user: User) -> Any:
    return Authenticator.objects.select_for_update().filter(user_id=user.pk).order_by("pk")


def _proves(factor: Authenticator, code: str, at: datetime) -> bool:
    try:
        return _app_proves(factor, code, at) if factor.type == Kind.APP else _codes_prove(factor, code)
    except CannotOpen:
        log.error("factor_unreadable", extra={"factor": factor.pk})  # its key is not in the ring
        return False


def _app_proves(factor: Authenticator, code: str, at: datetime) -> bool:
    period = period_of(decrypt(factor.data["secret"]), code, at, after=factor.data.get(LAST, -1))
    if period is not None:
        factor.data[LAST] = period
    return period is not None


def _codes_prove(factor: Authenticator, code: str) -> bool:
    codes = factor.wrap()
    proven = bool(codes.validate_code(code))
    factor.data = codes.instance.data
    return proven


def _used(factor: Authenticator, at: datetime) -> Kind:
    factor.last_used_at = at
    factor.save(update_fields=["data", "last_used_at"])
    return Kind(factor.type)
