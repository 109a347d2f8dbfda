"""How much a key may send: tokens leased in chunks from one PostgreSQL row, spent in this process.

The lease is one UPDATE, so processes can never give out more than the row holds. A process asks at most
once a period per key; between two leases it answers from what it has.
"""

import math
import threading
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.db import connection

from integrations.ingest.auth import Sender

RETRY_LONGEST = 30

# clock_timestamp is taken before the row lock is had, so elapsed time may be negative: never below zero.
LEASE = """
UPDATE rate_bucket b
   SET tokens = s.available - s.taken, refilled_at = GREATEST(b.refilled_at, s.at)
  FROM (SELECT x.credential_id, x.at, x.available, LEAST(x.available, %(want)s::float8) AS taken
          FROM (SELECT r.credential_id, c.at,
                       LEAST(%(burst)s::float8, r.tokens
                             + GREATEST(0, EXTRACT(EPOCH FROM c.at - r.refilled_at)) * %(rate)s::float8)
                         AS available
                  FROM rate_bucket r, (SELECT clock_timestamp() AS at) c
                 WHERE r.credential_id = %(credential_id)s
                   FOR UPDATE OF r) x) s
 WHERE b.credential_id = s.credential_id
RETURNING s.taken, b.tokens
"""
OPEN = """
INSERT INTO rate_bucket (credential_id, tokens, refilled_at)
VALUES (%(credential_id)s, %(burst)s, clock_timestamp()) ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class _Purse:
    """What this process has leased for one key and not spent; below zero it owes."""

    left: float = 0.0
    in_row: float = 0.0
    asked_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)


_purses: dict[int, _Purse] = {}


def admit(sender: Sender) -> int | None:
    """Take one token for a request; None where it may go on, else after how many seconds to try again."""
    purse = _purses.setdefault(sender.credential_id, _Purse())
    with purse.lock:
        if purse.left < 1:
            at = time.monotonic()
            if at - purse.asked_at >= settings.INGEST_LEASE_SECONDS:
                purse.asked_at = at
                _lease(purse, sender)
        if purse.left < 1:
            return _retry_after(purse, sender)
        purse.left -= 1
        return None


def charge(sender: Sender, items: int) -> None:
    """Take the tokens of the items beyond the first; what is missing is owed by the next requests."""
    purse = _purses.setdefault(sender.credential_id, _Purse())
    with purse.lock:
        purse.left -= max(0, items - 1)


def forget() -> None:
    """Drop what is leased and not spent."""
    _purses.clear()


def _lease(purse: _Purse, sender: Sender) -> None:
    want = max(sender.rate * max(settings.INGEST_LEASE_SECONDS, 1.0), 1 - purse.left)
    params = {
        "credential_id": sender.credential_id,
        "want": want,
        "rate": sender.rate,
        "burst": max(sender.burst, 1.0),
    }
    with connection.cursor() as cursor:
        cursor.execute(LEASE, params)
        row = cursor.fetchone()
        if row is None:
            cursor.execute(OPEN, params)
            cursor.execute(LEASE, params)
            row = cursor.fetchone()
    if row is not None:
        purse.left += row[0]
        purse.in_row = row[1]


def _retry_after(purse: _Purse, sender: Sender) -> int:
    missing = 1 - purse.left - purse.in_row
    seconds = missing / sender.rate if sender.rate > 0 else RETRY_LONGEST
    return max(1, min(RETRY_LONGEST, math.ceil(seconds)))
