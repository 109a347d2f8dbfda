"""Time-ordered ids and the moments they were made at."""

import os
import time
from datetime import UTC, datetime
from uuid import UUID


def uuid7() -> UUID:
    """Return a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    raw = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    raw[6] = (raw[6] & 0x0F) | 0x70
    raw[8] = (raw[8] & 0x3F) | 0x80
    return UUID(bytes=bytes(raw))


def made_at(uid: UUID) -> datetime:
    """Return the moment in a version 7 id, so that a look-up touches one partition only."""
    return datetime.fromtimestamp(int.from_bytes(uid.bytes[:6], "big") / 1000, tz=UTC)
