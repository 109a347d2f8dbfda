"""Pure: how an identifier becomes a token, and a business instance an id."""

import hmac
from functools import lru_cache

ID_BYTES = 16
CACHED_HEADS = 4_096


def _part(text: str) -> bytes:
    # Each part carries its length, so that ("ab", "c") and ("a", "bc") never meet.
    raw = text.encode()
    return len(raw).to_bytes(4, "big") + raw


@lru_cache(maxsize=CACHED_HEADS)
def _head(*parts: str) -> bytes:
    """Return what the digests of all numbers of one issuer begin with."""
    return b"".join(map(_part, parts))


def _digest(key: bytes, head: bytes, value: str) -> bytes:
    return hmac.digest(key, head + _part(value), "sha256")[:ID_BYTES]


def token(key: bytes, *, kind: str, issuer: str, version: int, value: str) -> bytes:
    """Return the 16-byte token of one identifier: equal numbers of two issuers are two tokens."""
    return _digest(key, _head(kind, issuer, str(version)), value)


def transaction_id(key: bytes, *, workflow: str, kind: str, issuer: str, value: str) -> bytes:
    """Return the 16-byte id of the instance of `workflow` that this key names."""
    return _digest(key, _head("txn", workflow, kind, issuer), value)
