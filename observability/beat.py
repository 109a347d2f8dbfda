"""Beat, once: of several that run, one sends and the others wait for it to end."""

import logging
from datetime import timedelta
from typing import Any

from celery.beat import Scheduler
from django.db import DatabaseError, connection

log = logging.getLogger(__name__)
# Any number that nothing else in the database locks.
LOCK = 0x7468726F75676821
STAND_BY_SECONDS = 2.0
LONG_AGO = timedelta(days=1)


class SoleScheduler(Scheduler):
    """Sends only while it holds an advisory lock of the database, which a dead holder cannot keep."""

    def setup_schedule(self) -> None:
        """Take everything as due at the start: nobody knows how long ago it last ran."""
        super().setup_schedule()
        for entry in self.schedule.values():
            entry.last_run_at = entry.default_now() - LONG_AGO

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due and return the seconds to the next look; stand by without the lock."""
        if not holds_lock():
            return STAND_BY_SECONDS
        return float(super().tick(*args, **kwargs))


def holds_lock() -> bool:
    """Say whether this session holds beat's lock, taking it where it is free.

    A lost session lost the lock; without the database there is nothing worth nudging.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
                " AND granted AND (classid::bigint << 32 | objid::bigint) = %s) OR pg_try_advisory_lock(%s)",
                [LOCK, LOCK],
            )
            row = cursor.fetchone()
            return bool(row and row[0])
    except DatabaseError as exc:
        log.warning("beat_without_database", extra={"error": type(exc)})
        connection.close()
        return False
