"""What links audit rows: each carries a keyed hash of itself and of the one before.

The words somebody wrote (reason, changes) are covered by a hash of their own, so that they can be erased
without breaking the chain.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785

COVERED = (
    "seq", "at", "user_id", "actor", "actor_type", "role", "source_ip", "session_hash", "act",
    "object_type", "object_id", "outcome", "changes_hash", "mentions", "facility_ids", "request_id",
    "trace_id", "kid", "prev_hash",
)  # fmt: skip


def hash_of(key: bytes, row: Mapping[str, Any]) -> str:
    """Return the hash of a row, over the canonical JSON (RFC 8785) of all it says."""
    return mac_of(key, {name: _plain(row[name]) for name in COVERED})


def words_hash(key: bytes, reason: str, changes: object) -> str:
    """Return the hash of what may be erased; keyed, because short words could be guessed from a plain one."""
    return mac_of(key, {"reason": reason, "changes": changes})


def base_mac(key: bytes, *, seq: int, hash: str) -> str:
    """Return the signature of where the chain begins after old rows were purged."""
    return mac_of(key, {"first_seq": seq, "first_hash": hash})


def mac_of(key: bytes, said: Any) -> str:
    """Return the keyed hash of a statement, over its canonical JSON."""
    return hmac.digest(key, rfc8785.dumps(said), "sha256").hex()


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return [each if isinstance(each, int) else str(each) for each in value]
    return value
