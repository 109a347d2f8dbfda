"""Whether a commit lasts: with one of three server settings off, an answer of 200 would be a lie."""

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from observability.core.sql import fetch_all

TIMEOUT_MS = 2_000

# A role's or database's own setting holds for sessions yet to come; this session's value does not show it.
SQL = """
SELECT name, setting AS value
  FROM pg_settings
 WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')
UNION ALL
SELECT split_part(item, '=', 1), split_part(item, '=', 2)
  FROM pg_db_role_setting, unnest(setconfig) AS item
 WHERE setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))
   AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
   AND split_part(item, '=', 1) = 'synchronous_commit'
 ORDER BY 1, 2
"""
OFF = frozenset({"off", "false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the server, or a role or database of it, has it."""

    name: str
    value: str


_lock = threading.Lock()
_checked_at = float("-inf")
_weak: tuple[str, ...] = ()


def weak_settings() -> tuple[str, ...]:
    """Return the names of settings that keep commits from lasting; empty is well.

    Asks the server at most every DURABILITY_CHECK_SECONDS per process; ingest refuses while any is named.
    Raises django.db.DatabaseError where the server cannot be asked.
    """
    global _checked_at, _weak
    with _lock:
        at = time.monotonic()
        if at - _checked_at >= settings.DURABILITY_CHECK_SECONDS:
            found = fetch_all(Setting, SQL, {}, timeout_ms=TIMEOUT_MS)
            _weak = tuple(sorted({setting.name for setting in found if setting.value.lower() in OFF}))
            _checked_at = at
        return _weak


def forget() -> None:
    """Ask the server anew at the next call."""
    global _checked_at
    with _lock:
        _checked_at = float("-inf")
