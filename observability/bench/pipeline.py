"""How long after the answer to a post its claims can be seen, at half of what the drains must sustain."""

import threading
import time
from functools import partial
from queue import SimpleQueue

from django.conf import settings

from integrations.models import Inbox
from observability.bench import bodies, web
from observability.bench.installation import Installation
from observability.bench.processes import load, running
from observability.bench.report import Result, percentile
from observability.bench.yardstick import copy_rate, wal_position

PER_SECOND = 2_500  # half of the 5,000 events a second that drains must sustain
PER_REQUEST = 250
LINKS = 2  # that post: one waits for each answer and cannot keep the pace
ASK_EVERY_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


def pipeline(here: Installation, *, seconds: float) -> Result:
    """Post at an even pace while drains and follow-ups run; ask for the receipt of every request."""
    body, requests = bodies.events(PER_REQUEST), max(2, int(seconds * PER_SECOND / PER_REQUEST))
    roles = [["drain"]] * settings.DRAIN_SLOTS + [["follow", "ingest"], ["follow", "kpi"]]
    before = wal_position()
    with web.serving() as server, running(*roles) as processes:
        began = time.perf_counter()
        lags = _visible(server, here.key, body, requests)
        took = time.perf_counter() - began
        used = server.cpu_seconds()
        done = [child.stop() for child in processes][: settings.DRAIN_SLOTS]
    items = requests * body.items
    written = wal_position() - before
    Inbox.objects.update(done_at=None)  # so that the same rows can be copied
    copied = copy_rate()
    return Result(
        name="pipeline",
        events=items,
        seconds=took,
        events_per_second=items / took,
        copy_rows_per_second=copied,
        ratio_to_copy=items / took / copied,
        p50_ms=percentile(lags, 0.5),
        p95_ms=percentile(lags, 0.95),
        cpu_seconds=used + sum(work.cpu_seconds for work in done),
        rss_mb=max(work.rss_mb for work in done),
        wal_bytes_per_event=written / items,
        notes={"what p50 and p95 time": "from the answer till applied", **load()},
    )


def _visible(server: web.Web, key: str, body: bodies.Body, requests: int) -> list[float]:
    """Post `requests` bodies; return for each the milliseconds from its answer until it was applied."""
    answered: SimpleQueue[tuple[str, float] | None] = SimpleQueue()
    lags: list[float] = []

    start = time.perf_counter()

    def post(first: int) -> None:
        link, pause = web.Link(server, key), threading.Event()
        for n in range(first, requests, LINKS):
            pause.wait(max(0.0, start + n * body.items / PER_SECOND - time.perf_counter()))
            status, _, receipt = link.post(body, body.number(n))
            if status != 200:
                raise RuntimeError(f"the bench's own request was answered {status}")
            answered.put((receipt, time.perf_counter()))
        answered.put(None)

    def ask() -> None:
        link, pause = web.Link(server, key), threading.Event()
        left = LINKS
        while left:
            if (found := answered.get()) is None:
                left -= 1
                continue
            receipt, at = found
            while link.status_of(receipt) != "applied":
                if time.perf_counter() - at > PATIENCE_SECONDS:
                    raise RuntimeError("a request of the bench was not applied")
                pause.wait(ASK_EVERY_SECONDS)
            lags.append((time.perf_counter() - at) * 1_000)

    web.together([*(partial(post, first) for first in range(LINKS)), ask])
    return lags
