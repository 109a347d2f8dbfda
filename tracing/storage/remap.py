"""Say what a code means, and bring the stored rows to where they belong now."""

import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from integrations.ingest import crosswalks
from integrations.ingest.records import micros
from integrations.reference.crosswalk import Laid, mean
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.core.sql import fetch_all
from tracing.models import Remap, UnmappedCode
from tracing.storage import unmapped
from tracing.storage.drain import is_applied
from tracing.storage.refold import refold_events
from tracing.storage.remap_plan import TARGETS, Change, params_of, terms_of
from tracing.storage.targets import Target as Place
from tracing.storage.targets import targets_of

log = logging.getLogger(__name__)

BATCH = 500
FAILED = "failed"  # why an event stays: it could not be folded again
WALKS = 2
SLACK = timedelta(days=1)  # between the UTC day that a message says and that of its moment
EARLIEST, NOTHING = datetime(1970, 1, 1, tzinfo=UTC), UUID(int=0)
LAST_WORDING = 2**63 - 1  # stands for those that wait, after every wording

NEXT = f"""
SELECT f.event_id, f.occurred_at
  FROM {TARGETS}
  JOIN fact f ON f.wording_id = t.wording_id AND f.occurred_at >= t.start AND f.occurred_at < t.stop
             AND (t.connector_id IS NULL OR t.connector_id = f.connector_id)
 WHERE ((f.facility_id, f.department, f.payer) IS DISTINCT FROM (t.facility_id, t.department, t.payer)
        OR NOT f.attributes @> t.codes)
   AND (f.occurred_at, f.event_id) > (%(at)s, %(event)s)
 GROUP BY f.event_id, f.occurred_at
 ORDER BY f.occurred_at, f.event_id LIMIT %(limit)s
"""
# Events without a fact: those that wait for their transaction, and those that are about none, as a merge of
# keys. There are few of either. Which department or payer one that waits has now is in its body alone.
WAITING = f"""
SELECT o.event_id, o.received_at AS occurred_at
  FROM {TARGETS}
  JOIN orphan o ON o.wording_id = t.wording_id AND (t.connector_id IS NULL OR t.connector_id = o.connector_id)
 WHERE o.bound = '{{}}' AND o.sole AND o.event_id > %(event)s
   AND (o.facility_id <> t.facility_id OR %(kind)s <> 'facility')
 UNION
SELECT e.event_id, e.received_at
  FROM {TARGETS}
  JOIN event e ON e.wording_id = t.wording_id
 WHERE e.event_id > %(event)s
 ORDER BY event_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Next:
    event_id: UUID
    occurred_at: datetime


def decide(change: Change, *, by: User | None, at: datetime) -> Laid | None:
    """Say what a code means, and have the stored rows that it concerns moved; None where nothing changes.

    The edge knows it within settings.INGEST_CROSSWALK_CACHE_SECONDS. Raises WrongTarget, ReasonTooShort.
    """
    with transaction.atomic():
        one_at_a_time(unmapped.LOCK)  # before the crosswalk's: who counts holds rows of both
        laid = mean(change.named, change.target, **terms_of(change, by, at))
        if laid is not None and laid.moves:
            # It is off the worklist at once; the next count puts it back where some days are missing still.
            UnmappedCode.objects.filter(code=laid.code).delete()
            Remap.objects.create(code=laid.code, made_at=at, by=by, reason=audit.reason_of(change.reason))
        return laid


def go_on(at: datetime, *, seconds: float | None = None) -> int:
    """Walk on with every change that is not done, for as long as a task may; answer how many events moved.

    Any number of processes may call this: each change is walked by one of them at a time.
    """
    limit = time.monotonic() + (settings.TASK_YIELD_SECONDS if seconds is None else seconds)
    moved = 0
    for pk in Remap.objects.filter(finished_at=None).order_by("made_at", "pk").values_list("pk", flat=True):
        while time.monotonic() < limit:
            with transaction.atomic():
                found = Remap.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
                if found is None or found.finished_at or not _is_due(found, at):
                    break
                moved += _one_batch(found, at)
    return moved


def _is_due(found: Remap, at: datetime) -> bool:
    """Say whether to walk now: the second walk waits for what was read under the old crosswalk."""
    cached = timedelta(seconds=settings.INGEST_CROSSWALK_CACHE_SECONDS)
    until = found.made_at + cached
    return not found.walks or (at > until + cached and is_applied(received_before=until))


def _one_batch(found: Remap, at: datetime) -> int:
    """Move one batch, or end the walk where none is left. The change is locked by the caller."""
    targets = targets_of([found.code], crosswalks.load())
    if found.wording_id is None:
        found.refused = {}  # what stays is met again by the second walk
    batch = _next(found, targets)
    if not batch:
        found.walks += 1
        found.wording_id = found.at = found.event_id = None
        if found.walks >= WALKS:
            found.finished_at = at
            audit.record(
                audit.Act.ROWS_MOVED,
                user=found.by,
                object_type="local_code",
                object_id=found.code_id,
                at=at,
                reason=found.reason,
                changes={"events": found.events, "stay": found.refused},
                facility_ids={each.facility_id for each in targets},
            )
        found.save()
        return 0
    refused, moved = _move([each.event_id for each in batch], found.pk, at)
    found.events += moved
    found.refused = dict(Counter(found.refused) + refused)
    found.save()
    return moved


def _move(event_ids: Sequence[UUID], remap_id: int, at: datetime) -> tuple[Counter[str], int]:
    """Move events; where that fails each alone, so that only the bad one stays."""
    try:
        return refold_events(event_ids, at=micros(at), remap_id=remap_id)
    except Exception as exc:  # noqa: BLE001 - whatever an event does to us, its neighbours go through
        log.warning("remap_failed", extra={"events": len(event_ids), "error": type(exc)})
    if len(event_ids) == 1:
        return Counter({FAILED: 1}), 0
    refused, moved = Counter[str](), 0
    for event_id in event_ids:
        more, n = _move([event_id], remap_id, at)
        refused, moved = refused + more, moved + n
    return refused, moved


def _next(found: Remap, targets: Sequence[Place]) -> list[_Next]:
    """Return the next events, first of one wording after another, at last those that wait."""
    for wording_id in sorted({each.wording_id for each in targets}):
        if found.wording_id is not None and wording_id < found.wording_id:
            continue
        if wording_id != found.wording_id:
            found.wording_id, found.at, found.event_id = wording_id, EARLIEST, NOTHING
        params = params_of([t for t in targets if t.wording_id == wording_id], slack=SLACK)
        params |= {"limit": BATCH, "at": found.at, "event": found.event_id}
        batch = fetch_all(_Next, NEXT, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
        if batch:
            found.at, found.event_id = batch[-1].occurred_at, batch[-1].event_id
            return batch
    if found.wording_id != LAST_WORDING:
        found.wording_id, found.at, found.event_id = LAST_WORDING, EARLIEST, NOTHING
    params = params_of(targets) | {"limit": BATCH, "event": found.event_id, "kind": found.code.kind}
    batch = fetch_all(_Next, WAITING, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
    if batch:
        found.event_id = batch[-1].event_id
    return batch
