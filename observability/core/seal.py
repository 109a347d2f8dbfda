"""Seal and open the clear form of an identifier (AES-256-GCM, bound to its token and kind)."""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


class CannotOpen(Exception):
    """The seal is broken, or belongs to another token or key."""


def seal(key: bytes, *, token: bytes, kind: str, value: str) -> bytes:
    """Return nonce and ciphertext of `value`; only the same token and kind open it again."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, value.encode(), token + kind.encode())


def unseal(key: bytes, *, token: bytes, kind: str, sealed: bytes) -> str:
    """Return the clear value. Raises CannotOpen for a wrong key, token, kind or damaged bytes."""
    try:
        clear = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], token + kind.encode())
    except (InvalidTag, ValueError) as exc:
        raise CannotOpen from exc
    return clear.decode()
