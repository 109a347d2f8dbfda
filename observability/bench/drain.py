"""How fast the inbox is folded into the store in one burst, on empty tables."""

from collections.abc import Sequence
from typing import Any

import msgspec
from django.conf import settings

from integrations.ingest import accept
from integrations.ingest.auth import Sender
from integrations.ingest.decoders.cloudevents import BATCH as BATCH_MODE
from integrations.ingest.decoders.cloudevents import decode
from integrations.models import Inbox
from observability.bench import claims
from observability.bench.processes import load, running
from observability.bench.report import Result, percentile
from observability.bench.yardstick import copy_rate, wal_position
from observability.core import clock

BATCH = 480
BATCH_TYPE = "application/cloudevents-batch+json"


def fill(sender: Sender, events: Sequence[dict[str, Any] | msgspec.Raw]) -> None:
    """Accept events through the edge's own rules, batch by batch, without HTTP."""
    for start in range(0, len(events), BATCH):
        body = msgspec.json.encode(events[start : start + BATCH])
        batch = decode(BATCH_MODE, body, BATCH_TYPE, {}, accept.bounds())
        accepted = accept.accept_events(sender, batch, clock.now())
        if accepted.refused:
            raise RuntimeError(f"the bench's own events were refused: {accepted.refused[0].code}")


def burst(sender: Sender, *, transactions: int) -> Result:
    """Drain six-event transactions, whole in their batches, into empty tables, by every slot."""
    for first in range(0, transactions, BATCH):
        fill(
            sender,
            [e for n in range(first, min(first + BATCH, transactions)) for e in claims.claim_events(n)],
        )
    events = transactions * claims.EVENTS_PER_CLAIM
    copied, before = copy_rate(), wal_position()
    with running(*[["empty"]] * settings.DRAIN_SLOTS) as drains:
        done = [child.report() for child in drains]
    if Inbox.objects.filter(done_at=None).exists():
        raise RuntimeError("the drains left rows behind")
    seconds = max(work.ended for work in done) - min(work.began for work in done)
    passes = [ms for work in done for ms in work.pass_ms]
    return Result(
        name="drain burst",
        events=events,
        seconds=seconds,
        events_per_second=events / seconds,
        copy_rows_per_second=copied,
        ratio_to_copy=events / seconds / copied,
        p50_ms=percentile(passes, 0.5),
        p95_ms=percentile(passes, 0.95),
        cpu_seconds=sum(work.cpu_seconds for work in done),
        rss_mb=max(work.rss_mb for work in done),
        wal_bytes_per_event=(wal_position() - before) / events,
        notes={"processes": len(done), "what p50 and p95 time": "a pass", **load()},
    )
