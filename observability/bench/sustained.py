"""How fast the inbox is folded into a store that is full already, while everything else runs."""

import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from integrations.models import Inbox
from observability.bench import claims, standing
from observability.bench.drain import BATCH, fill
from observability.bench.installation import Installation
from observability.bench.processes import Work, load, running
from observability.bench.report import Result, percentile
from observability.bench.yardstick import copy_rate, wal_position
from observability.core import clock
from observability.schedule import DRAIN, SCHEDULE

DAYS = 60  # that the standing claims began in
# Requests that may wait, those under way among them: four seconds at 5,000 events a second. With fewer the
# drains, which are nudged every other second, find nothing and sleep while the poster waits for them.
AHEAD = 40
LOOK_SECONDS = 0.02
OLD_SHARE = 0.5  # of the events: about claims that were there before
PLACES = (2, 4, 5)  # of a claim's six events: accepted, remitted, posted


def sustained(here: Installation, *, transactions: int, seconds: float) -> Result:
    """Post events, each of another claim, for `seconds`, with two checkpoints on the way."""
    standing.stand(here.sender, transactions=transactions, days=DAYS, at=clock.now())
    _follow_up()
    roles = [["drain"]] * settings.DRAIN_SLOTS + [["follow", "ingest"], ["follow", "kpi"]]
    before = wal_position()
    with running(*roles) as processes:
        ages, events = _post(here, transactions, seconds)
        done = [child.stop() for child in processes][: settings.DRAIN_SLOTS]
    return _result(done, ages, events, wal_position() - before)


def _follow_up() -> None:
    """Run every follow-up once: where two million claims stand, they have been counted before this minute."""
    for entry in SCHEDULE:
        if entry.task != DRAIN:
            import_string(entry.task)(*entry.args)


def _result(done: list[Work], ages: list[float], events: int, written: int) -> Result:
    left = sum(Inbox.objects.filter(done_at=None).values_list("items", flat=True))
    seconds = max(work.ended for work in done) - min(work.began for work in done)
    passes = [ms for work in done for ms in work.pass_ms]
    Inbox.objects.filter(done_at__gte=clock.now() - timedelta(seconds=30)).update(done_at=None)
    copied = copy_rate()
    rate = (events - left) / seconds
    return Result(
        name="drain sustained",
        events=events,
        seconds=seconds,
        events_per_second=rate,
        copy_rows_per_second=copied,
        ratio_to_copy=rate / copied,
        p50_ms=percentile(passes, 0.5),
        p95_ms=percentile(passes, 0.95),
        cpu_seconds=sum(work.cpu_seconds for work in done),
        rss_mb=max(work.rss_mb for work in done),
        wal_bytes_per_event=written / events,
        notes={"inbox age at the end, s": ages[-1], "inbox age p95, s": percentile(ages, 0.95)}
        | {"what p50 and p95 time": "a nudge", "processes": len(done), **load()},
    )


def _post(here: Installation, transactions: int, seconds: float) -> tuple[list[float], int]:
    """Post as fast as the drains follow; return how old the oldest waiting row was, and how many events."""
    started = time.monotonic()
    checkpoints = [started + seconds / 3, started + 2 * seconds / 3]
    running_checks: list[threading.Thread] = []
    batches, ages, events = _batches(transactions), [_age()], 0
    pause = threading.Event()
    while time.monotonic() < started + seconds or not events:
        if checkpoints and time.monotonic() >= checkpoints[0]:
            del checkpoints[0]
            running_checks.append(threading.Thread(target=_checkpoint))
            running_checks[-1].start()
        if Inbox.objects.filter(done_at=None).count() >= AHEAD:
            pause.wait(LOOK_SECONDS)
            continue
        batch = next(batches)
        fill(here.sender, batch)
        events += len(batch)
        ages.append(_age())
    for thread in running_checks:
        thread.join()
    return [*ages, _age()], events


def _batches(transactions: int) -> Iterator[list[msgspec.Raw]]:
    """Yield batches in which no claim comes twice: new claims, and later events of standing ones."""
    chance, new = random.Random(7), standing.FIRST + transactions  # noqa: S311 - the same events in every run
    old = int(BATCH * OLD_SHARE)
    while True:
        event = claims.later(clock.now())
        picked = {standing.FIRST + chance.randrange(transactions) for _ in range(old)}
        batch = [event(n, chance.choice(PLACES)) for n in sorted(picked)]
        batch += [event(n, 0) for n in range(new, new + BATCH - len(batch))]
        new += BATCH
        chance.shuffle(batch)
        yield batch


def _age() -> float:
    """Return how long the oldest row has waited, in seconds."""
    oldest = Inbox.objects.filter(done_at=None).order_by("received_at").values_list("received_at", flat=True)
    first = oldest.first()
    return (clock.now() - first).total_seconds() if first else 0.0


def _checkpoint() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
    finally:
        connection.close()
