"""The three secrets that make tokens, seals and ids: read from the environment, never from the database."""

import base64
import binascii
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class SealKeys:
    """The ring of sealing keys: the first seals, all of them open."""

    current: str
    keys: dict[str, bytes]


def _decoded(name: str, value: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as exc:
        raise ImproperlyConfigured(f"{name} must be url-safe base64") from exc
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"{name} must hold {KEY_BYTES} bytes")
    return key


@cache
def id_key() -> bytes:
    """The key of tokens and transaction ids; never rotated in service."""
    return _decoded("THROUGHLINE_ID_KEY", settings.ID_KEY)


@cache
def seal_keys() -> SealKeys:
    """The sealing ring, written `kid:key,kid:key`; the first one seals."""
    keys: dict[str, bytes] = {}
    for entry in settings.SEAL_KEYS:
        kid, _, value = entry.partition(":")
        keys[kid] = _decoded("THROUGHLINE_SEAL_KEYS", value)
    if not keys:
        raise ImproperlyConfigured("THROUGHLINE_SEAL_KEYS is empty")
    return SealKeys(current=next(iter(keys)), keys=keys)
