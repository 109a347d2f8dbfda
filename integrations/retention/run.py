"""The purge: class by class, batch by batch; each batch commits with the note of what it took.

A run that was killed goes on where its last batch ended. A hold and a batch take one lock: what was placed
before a batch began is seen by it, and who places one meanwhile waits for that batch alone.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from integrations.catalogue import retention
from integrations.ingest import failpoints
from integrations.models import PurgeRun
from integrations.retention.shelves import SHELVES, Batch, Moved, Shelf, digest
from observability.accounts import audit

log = logging.getLogger(__name__)

HOLD_SPACE = 7_205  # advisory locks: (space, 0) one batch or one new hold at a time, (space, 1) one run
TRIES = 5  # of a batch that met a lock


class StillLocked(Exception):
    """Others hold what a batch needs; it is tried again in the next run of the task."""


def purge(
    *,
    at: datetime,
    seconds: float,
    clock: Callable[[], datetime],
    forced: bool = False,
    classes: Collection[str] | None = None,
) -> list[PurgeRun]:
    """Go on with what is due until it is done or the time is up; answer the runs that ended.

    A class is begun once a day, at settings.RETENTION_HOUR, or at once where it is `forced`; `classes` are
    those to go on with, None is all. Does nothing while another process purges.
    """
    until, ended = at + timedelta(seconds=seconds), []
    with _alone() as mine:
        for name, shelf in SHELVES.items() if mine else ():
            if classes is not None and name not in classes:
                continue
            run = _run_of(name, at, forced=forced)
            if run is None or clock() >= until:
                continue
            try:
                if _go_on(run, shelf, until, clock):
                    ended.append(run)
            except StillLocked:
                log.warning("purge_met_a_lock", extra={"class": name})
            except Exception as exc:  # noqa: BLE001 - one class in trouble must not keep the others
                log.error("purge_failed", extra={"class": name, "error": type(exc)})
    return ended


def last_start(at: datetime) -> datetime:
    """Return the last moment at which a day's purge was to begin."""
    today = at.replace(hour=settings.RETENTION_HOUR % 24, minute=0, second=0, microsecond=0)
    return today if today <= at else today - timedelta(days=1)


def overdue(at: datetime) -> list[str]:
    """Return the classes whose purge has been under way for more than a day."""
    late = PurgeRun.objects.filter(finished_at=None, started_at__lt=at - timedelta(days=1))
    return sorted(late.values_list("data_class", flat=True))


def wait_for_holds() -> None:
    """Let one batch or one new hold through at a time, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [HOLD_SPACE])


@contextmanager
def _alone() -> Iterator[bool]:
    """Hold the lock of the purge for as long as this runs; a process that dies lets it go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, 1)", [HOLD_SPACE])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 1)", [HOLD_SPACE])


def _run_of(name: str, at: datetime, *, forced: bool) -> PurgeRun | None:
    """Return the run of a class that is under way, or a new one where it is time."""
    runs = PurgeRun.objects.filter(data_class=name)
    under_way = runs.filter(finished_at=None).first()
    if under_way is not None:
        return under_way
    if not forced and runs.filter(started_at__gte=last_start(at)).exists():
        return None
    cutoff = retention.policies()[name].cutoff(at)
    return PurgeRun.objects.create(data_class=name, policy=retention.version(), cutoff=cutoff, started_at=at)


def _go_on(run: PurgeRun, shelf: Shelf, until: datetime, clock: Callable[[], datetime]) -> bool:
    """Take batch after batch; answer whether the run came to its end."""
    while clock() < until:
        if not _take(run, shelf, clock()):
            _finish(run, clock())
            return True
        failpoints.hit("purge_batch", [])
    return False


def _take(run: PurgeRun, shelf: Shelf, at: datetime) -> bool:
    """Take one batch and note it, or neither. Raises StillLocked."""
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT set_config('lock_timeout', %s, true)", [f"{settings.RETENTION_LOCK_MS}ms"]
                    )
                wait_for_holds()
                batch = shelf.take(cutoff=run.cutoff, at=at, run_id=run.pk, position=run.position)
                if batch is None:
                    return False
                _note(run, batch)
                return True
        except (OperationalError, audit.NotOnRecord) as exc:
            if not _met_a_lock(exc):
                raise
        except Moved:
            pass
        run.refresh_from_db()
    raise StillLocked(run.data_class)


def _met_a_lock(exc: BaseException | None) -> bool:
    """Say whether a lock is what went wrong, or led to it."""
    while exc is not None and not isinstance(exc, LockNotAvailable | DeadlockDetected):
        exc = exc.__cause__
    return exc is not None


def _note(run: PurgeRun, batch: Batch) -> None:
    counts = {name: n for name, n in batch.counts.items() if n}
    run.counts = {name: run.counts.get(name, 0) + counts.get(name, 0) for name in {*run.counts, *counts}}
    run.position = dict(batch.position)
    if batch.ids:
        run.digest = digest([run.digest, batch.ids])
        run.batches += 1
    moments = [each for each in (run.oldest, run.newest, batch.oldest, batch.newest) if each is not None]
    run.oldest, run.newest = min(moments, default=None), max(moments, default=None)
    run.save()


def _finish(run: PurgeRun, at: datetime) -> None:
    """Close a run; what it took is on record in the same transaction."""
    with transaction.atomic():
        run.finished_at = at
        if run.counts:
            run.audit_seq = audit.record(
                audit.Act.PURGED,
                user=None,
                object_type="retention",
                object_id=run.data_class,
                at=at,
                changes={
                    "run": run.pk,
                    "policy": run.policy,
                    "cutoff": run.cutoff.isoformat(),
                    "oldest": run.oldest.isoformat() if run.oldest else None,
                    "newest": run.newest.isoformat() if run.newest else None,
                    "counts": run.counts,
                    "batches": run.batches,
                    "sha256": run.digest,
                },
            ).seq
        run.save()
