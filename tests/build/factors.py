"""Builders of second factors, and what somebody types who has one."""

from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value

from observability.accounts.factors.proving import LAST
from observability.accounts.models import User


def build_app(user: User) -> str:
    """Give somebody an authenticator app; return the secret that it knows."""
    secret = str(generate_totp_secret())
    factor = TOTP.activate(user, secret).instance
    factor.data[LAST] = 0
    factor.save()
    return secret


def build_codes(user: User) -> list[str]:
    """Give somebody recovery codes."""
    return list(RecoveryCodes.activate(user).generate_codes())


def code_of(secret: str, at: datetime) -> str:
    """Return what an app shows at a moment."""
    period = int(at.timestamp()) // app_settings.TOTP_PERIOD
    return str(format_hotp_value(hotp_value(secret, period)))
