"""Pure: how an identifier becomes a token, and a business instance an id."""

import hashlib
import hmac
from collections.abc import Iterable
from uuid import UUID

ID_BYTES = 16


def _digest(key: bytes, parts: Iterable[str]) -> bytes:
    # Each part carries its length, so that ("ab", "c") and ("a", "bc") never meet.
    message = b"".join([len(raw).to_bytes(4, "big") + raw for raw in map(str.encode, parts)])
    return hmac.digest(key, message, hashlib.sha256)[:ID_BYTES]


def token(key: bytes, *, kind: str, issuer: str, version: int, value: str) -> bytes:
    """Return the 16-byte token of one identifier: equal numbers of two issuers are two tokens."""
    return _digest(key, (kind, issuer, str(version), value))


def transaction_id(key: bytes, *, workflow: str, kind: str, issuer: str, value: str) -> bytes:
    """Return the 16-byte id of the instance of `workflow` that this key names."""
    return _digest(key, ("txn", workflow, kind, issuer, value))


def as_uuid(raw: bytes) -> UUID:
    """Return 16 bytes as the uuid PostgreSQL stores."""
    return UUID(bytes=raw)
