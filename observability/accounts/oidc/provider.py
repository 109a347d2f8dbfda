"""Where the provider's doors are and which keys it signs with, as it says itself; asked again by the hour."""

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from observability.core import outbound

log = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/openid-configuration"
KEPT_SECONDS = 3_600
# A token with an unknown key makes us look, but no stream of them makes us ask the provider without end.
LOOK_AGAIN_SECONDS = 30
FAILED_SECONDS = 10


class Unusable(Exception):
    """The provider cannot be reached, or describes another one than the settings name."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The doors of the provider, and its public keys by their ids."""

    issuer: str
    authorize_url: str
    token_url: str
    posts_secret: bool
    keys: Mapping[str, Any]
    read_at: float  # monotonic


_lock = threading.Lock()
_known: list[Provider] = []
_failed_at: list[float] = []


def is_on() -> bool:
    """Say whether this installation has a provider."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def provider(*, unknown_key: bool = False) -> Provider:
    """Return the provider; look again where its keys are old, or one is missing. Raises Unusable.

    One that is gone is asked every few seconds, by one thread, and no page waits for another's asking.
    """
    if not _lock.acquire(blocking=not _known and not _failed_at):
        if _known:
            return _known[0]
        raise Unusable
    try:
        moment = time.monotonic()
        if _known and moment - _known[0].read_at <= (LOOK_AGAIN_SECONDS if unknown_key else KEPT_SECONDS):
            return _known[0]
        if _failed_at and moment - _failed_at[0] <= FAILED_SECONDS:
            raise Unusable
        try:
            _known[:] = [_read()]
        except Unusable:
            _failed_at[:] = [time.monotonic()]
            log.error("oidc_provider_unusable")
            raise
        _failed_at.clear()
        return _known[0]
    finally:
        _lock.release()


def forget() -> None:
    """Ask the provider anew."""
    with _lock:
        _known.clear()
        _failed_at.clear()


def _read() -> Provider:
    issuer = settings.OIDC_ISSUER
    try:
        said = outbound.get_json(issuer.rstrip("/") + WELL_KNOWN)
        doors = [said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"]]
        if said["issuer"] != issuer or not all(
            isinstance(door, str) and outbound.is_safe(door) for door in doors
        ):
            raise Unusable
        keys = outbound.get_json(said["jwks_uri"])["keys"]
        signing = [key for key in keys if key.get("use", "sig") == "sig"]
        methods = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return Provider(
            issuer=issuer,
            authorize_url=doors[0],
            token_url=doors[1],
            posts_secret="client_secret_basic" not in methods,
            keys={str(key.get("kid", number)): key for number, key in enumerate(signing)},
            read_at=time.monotonic(),
        )
    except (outbound.Unreachable, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise Unusable from exc
