"""Whether there is room for more: backlog, disk, and settings of the server that make commits last."""

import shutil
import threading
import time
from dataclasses import dataclass

from django.conf import settings

from observability.core import durability
from observability.core.sql import fetch_one

BACKLOG = """
SELECT coalesce(sum(octet_length(blob)), 0)::bigint AS undrained_bytes,
       coalesce(extract(epoch FROM clock_timestamp() - min(received_at)), 0)::float8 AS oldest_seconds
  FROM inbox WHERE done_at IS NULL AND parked_code IS NULL
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was accepted and is not yet applied."""

    undrained_bytes: int
    oldest_seconds: float


_lock = threading.Lock()
_looked_at = float("-inf")
_last = Backlog(0, 0.0)
_code: str | None = None


def refusal() -> str | None:
    """Return the code under which ingest must refuse right now, None where there is room.

    Looks at most once a period (settings.INGEST_PRESSURE_SECONDS) per process.
    """
    global _looked_at, _last, _code
    with _lock:
        at = time.monotonic()
        if at - _looked_at >= settings.INGEST_PRESSURE_SECONDS:
            backlog = fetch_one(Backlog, BACKLOG, {}) or Backlog(0, 0.0)
            _code = "not_durable" if durability.weak_settings() else judge(backlog, _last, _free_bytes())
            _last, _looked_at = backlog, at
        return _code


def judge(now: Backlog, before: Backlog, free_bytes: int | None) -> str | None:
    """Say why there is no room: too much, old *and* growing older (one that shrinks is let be), no disk."""
    if now.undrained_bytes > settings.INGEST_UNDRAINED_BYTES:
        return "backlog_full"
    old = now.oldest_seconds > settings.INGEST_UNDRAINED_SECONDS
    if old and now.oldest_seconds > before.oldest_seconds > 0:
        return "backlog_old"
    if free_bytes is not None and free_bytes < settings.INGEST_DISK_FREE_BYTES:
        return "disk_short"
    return None


def _free_bytes() -> int | None:
    path = settings.INGEST_DISK_PATH
    return shutil.disk_usage(path).free if path else None


def forget() -> None:
    """Look anew at the next request."""
    global _looked_at
    with _lock:
        _looked_at = float("-inf")
