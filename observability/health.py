"""`/livez` and `/readyz`: is the process alive, can it do its work, in words."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from integrations.retention.run import overdue
from observability.accounts import checking
from observability.core import broker, db_roles, durability
from observability.core.clock import now
from observability.core.sql import fetch_one

# A probe must not hang as long as what it probes.
BROKER_SECONDS = 0.5
DATABASE_TIMEOUT_MS = 2_000
INBOX_OLD_SECONDS = 60.0
OLDEST_UNDRAINED = """
SELECT extract(epoch FROM statement_timestamp() - min(received_at))::float8 AS seconds
  FROM inbox
 WHERE done_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer; `bad` takes the process out of service, `degraded` is only said."""

    subject: str
    words: str
    bad: bool = False
    degraded: bool = False


@dataclass(frozen=True, slots=True)
class Age:
    """How long the oldest row has waited; None where none waits."""

    seconds: float | None


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as this process answers at all."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 where requests can be served and commits last, else 503; say why in words."""
    found = findings()
    bad = any(finding.bad for finding in found)
    degraded = any(finding.degraded for finding in found)
    first = "not ready" if bad else "ready, degraded" if degraded else "ready"
    lines = [first, *(f"{finding.subject}: {finding.words}" for finding in found)]
    answer = HttpResponse("\n".join(lines) + "\n", status=503 if bad else 200, content_type="text/plain")
    if bad:
        answer["Retry-After"] = "5"
    return answer


def findings() -> list[Finding]:
    """Look at everything this process needs; what cannot be looked at without the database is left out."""
    found = [_asked("database", _database)]
    if not found[0].bad:
        found.append(_asked("migrations", _migrations))
        found.append(_asked("durability", _durability))
        if not found[1].bad:
            found.append(_asked("inbox", _inbox))
            found.append(_asked("audit", _audit))
            found.append(_asked("retention", _retention))
    return [*found, _broker()]


_lock = threading.Lock()
_looked_at = float("-inf")
_troubles: tuple[str, ...] = ()


def troubles() -> tuple[str, ...]:
    """Return what every page should say does not work now, in words; empty is well.

    Looks at most every TROUBLES_SECONDS per process, so that no page waits for it but one.
    """
    global _looked_at, _troubles
    with _lock:
        at = time.monotonic()
        if at - _looked_at >= settings.TROUBLES_SECONDS:
            found = [_broker(), _asked("inbox", _inbox)]
            _troubles = tuple(f"{one.subject.capitalize()}: {one.words}." for one in found if one.degraded)
            _looked_at = at
        return _troubles


def forget() -> None:
    """Look anew at the next page."""
    global _looked_at
    with _lock:
        _looked_at = float("-inf")


def _asked(subject: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except DatabaseError as exc:
        return Finding(subject, f"the database does not answer ({type(exc).__name__})", bad=True)


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding("database", "answers")


def _migrations() -> Finding:
    if _are_applied():
        return Finding("migrations", "all applied")
    _are_applied.cache_clear()
    return Finding("migrations", "some are not applied: run manage.py migrate", bad=True)


@cache
def _are_applied() -> bool:
    """Compare once: what is applied stays so while this process, and with it the code, lives."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _durability() -> Finding:
    weak = durability.weak_settings()
    if weak:
        words = f"commits do not last, so ingest refuses: {', '.join(weak)} is off"
        return Finding("durability", words, bad=True)
    return Finding("durability", "commits last")


def _inbox() -> Finding:
    row = fetch_one(Age, OLDEST_UNDRAINED, {}, timeout_ms=DATABASE_TIMEOUT_MS)
    if row is None or row.seconds is None:
        return Finding("inbox", "nothing waits to be applied")
    return Finding(
        "inbox",
        f"the oldest request that waits to be applied is {row.seconds:.0f} s old",
        degraded=row.seconds > INBOX_OLD_SECONDS,
    )


def _retention() -> Finding:
    late = overdue(now())
    if late:
        return Finding(
            "retention", f"the purge of {', '.join(late)} has not ended for a day: see the log", degraded=True
        )
    words = "what is due is purged every day"
    if db_roles.is_separate("inbox"):
        return Finding("retention", f"{words}; days are dropped by the purge alone")
    return Finding(
        "retention", f"{words}; the product's login could drop days outside of it too (docs/audit.md)"
    )


def _audit() -> Finding:
    broken_at = checking.standing().broken_at
    if broken_at is not None:
        first = f", first at row {broken_at:,}" if broken_at else ""
        words = f"the chain is broken{first}: run manage.py audit verify"
        return Finding("audit", words, degraded=True)
    if db_roles.is_separate():
        return Finding("audit", "rows can only be added")
    return Finding("audit", "the product's login owns the rows: give the owner its own (docs/audit.md)")


def _broker() -> Finding:
    if broker.answers(BROKER_SECONDS):
        return Finding("broker", "answers")
    return Finding("broker", "does not answer; work goes on from the database, more slowly", degraded=True)
