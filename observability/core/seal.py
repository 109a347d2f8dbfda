"""Seal and open the clear form of an identifier (AES-256-GCM, bound to its token and kind)."""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
NONCES_AT_ONCE = 64

_nonces: list[bytes] = []
os.register_at_fork(after_in_child=_nonces.clear)  # what parent and child both have, both would use


@lru_cache(maxsize=16)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


class CannotOpen(Exception):
    """The seal is broken, or belongs to another token or key."""


def seal(key: bytes, *, token: bytes, kind: str, value: str) -> bytes:
    """Return nonce and ciphertext of `value`; only the same token and kind open it again."""
    nonce = _nonce()
    return nonce + _cipher(key).encrypt(nonce, value.encode(), token + kind.encode())


def _nonce() -> bytes:
    """Return bytes that no other seal has. Asking the system for each costs as much as sealing."""
    try:
        return _nonces.pop()  # in one step of the interpreter: no two threads get the same
    except IndexError:
        drawn = os.urandom(NONCES_AT_ONCE * NONCE_BYTES)
        _nonces.extend([drawn[at : at + NONCE_BYTES] for at in range(NONCE_BYTES, len(drawn), NONCE_BYTES)])
        return drawn[:NONCE_BYTES]


def unseal(key: bytes, *, token: bytes, kind: str, sealed: bytes) -> str:
    """Return the clear value. Raises CannotOpen for a wrong key, token, kind or damaged bytes."""
    try:
        clear = _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], token + kind.encode())
    except (InvalidTag, ValueError) as exc:
        raise CannotOpen from exc
    return clear.decode()
