"""Which connector a key belongs to: one read per key and cache period, compared in constant time."""

import hashlib
import hmac
import re
import threading
import time
from dataclasses import dataclass

from django.conf import settings

from observability.core.sql import fetch_one

CACHED_PREFIXES = 4_096
_KEY = re.compile(r"[a-z0-9]{8,16}\.[A-Za-z0-9_-]{20,80}\Z")

CREDENTIAL = """
SELECT c.id AS credential_id, k.id AS connector_id, k.name, c.secret_sha256,
       k.facility_id AS default_facility, k.signals,
       k.events_per_second::float8 AS rate, k.burst::float8 AS burst,
       ARRAY(SELECT f.facility_id FROM connector_facilities f WHERE f.connector_id = k.id) AS granted,
       k.retired_at IS NOT NULL AS retired
  FROM credential c JOIN connector k ON k.id = c.connector_id
 WHERE c.prefix = %(prefix)s AND c.revoked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Row:
    credential_id: int
    connector_id: int
    name: str
    secret_sha256: bytes
    default_facility: int
    signals: list[str]
    rate: float
    burst: float
    granted: list[int]
    retired: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """The connector behind a key, and what the key allows."""

    credential_id: int
    connector_id: int
    name: str
    default_facility: int
    granted: frozenset[int]
    signals: frozenset[str]
    rate: float  # items a second
    burst: float
    retired: bool


_cache: dict[str, tuple[float, bytes, Sender | None]] = {}
_lock = threading.Lock()


def sender_of(authorization: str) -> Sender | None:
    """Return who sends under this Authorization header; None for no, a malformed, unknown or revoked key."""
    scheme, _, key = authorization.partition(" ")
    key = key.strip()
    if scheme.lower() != "bearer" or not _KEY.match(key):
        return None
    prefix, _, secret = key.partition(".")
    digest, sender = _known(prefix)
    given = hashlib.sha256(secret.encode()).digest()
    return sender if hmac.compare_digest(digest, given) else None


def _known(prefix: str) -> tuple[bytes, Sender | None]:
    at = time.monotonic()
    found = _cache.get(prefix)
    if found is not None and found[0] > at:
        return found[1], found[2]
    digest, sender = _read(prefix)
    with _lock:
        if len(_cache) >= CACHED_PREFIXES:
            _cache.clear()
        # Counted from before the read: a key revoked meanwhile lives no longer than the period.
        _cache[prefix] = (at + settings.INGEST_CREDENTIAL_CACHE_SECONDS, digest, sender)
    return digest, sender


def _read(prefix: str) -> tuple[bytes, Sender | None]:
    row = fetch_one(_Row, CREDENTIAL, {"prefix": prefix})
    if row is None:
        return b"", None
    return bytes(row.secret_sha256), Sender(
        credential_id=row.credential_id,
        connector_id=row.connector_id,
        name=row.name,
        default_facility=row.default_facility,
        granted=frozenset(row.granted) | {row.default_facility},
        signals=frozenset(row.signals),
        rate=row.rate,
        burst=row.burst,
        retired=row.retired,
    )


def forget() -> None:
    """Read every key anew at its next use."""
    with _lock:
        _cache.clear()
