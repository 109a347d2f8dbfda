"""Pure: how an identifier becomes a token, and a business instance an id."""

from functools import lru_cache
from hashlib import sha256
from typing import Any

ID_BYTES = 16
CACHED_HEADS = 4_096
BLOCK_BYTES = 64  # of SHA-256
INNER, OUTER = (bytes(n ^ pad for n in range(256)) for pad in (0x36, 0x5C))  # RFC 2104


def _part(text: str) -> bytes:
    # Each part carries its length, so that ("ab", "c") and ("a", "bc") never meet.
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw


# Kept, because keying HMAC anew for each number costs twice as much as the number itself.
@lru_cache(maxsize=CACHED_HEADS)
def _begun(key: bytes, *parts: str | int) -> tuple[Any, Any]:
    """Return both hashes of HMAC-SHA-256, the inner one past what all numbers of an issuer share."""
    block = (sha256(key).digest() if len(key) > BLOCK_BYTES else key).ljust(BLOCK_BYTES, b"\0")
    inner = sha256(block.translate(INNER))
    inner.update(b"".join([_part(str(part)) for part in parts]))
    return inner, sha256(block.translate(OUTER))


def _digest(begun: tuple[Any, Any], value: str) -> bytes:
    inner, outer = begun[0].copy(), begun[1].copy()
    inner.update(_part(value))
    outer.update(inner.digest())
    digest: bytes = outer.digest()
    return digest[:ID_BYTES]


def token(key: bytes, *, kind: str, issuer: str, version: int, value: str) -> bytes:
    """Return the 16-byte token of one identifier: equal numbers of two issuers are two tokens."""
    return _digest(_begun(key, kind, issuer, version), value)


def transaction_id(key: bytes, *, workflow: str, kind: str, issuer: str, value: str) -> bytes:
    """Return the 16-byte id of the instance of `workflow` that this key names."""
    return _digest(_begun(key, "txn", workflow, kind, issuer), value)
