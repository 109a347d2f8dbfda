"""How many items a second the web server acknowledges, and how much memory large bodies take."""

from collections.abc import Callable

from observability.bench import bodies, web
from observability.bench.bodies import Body
from observability.bench.installation import Installation
from observability.bench.processes import load
from observability.bench.report import Result, percentile
from observability.bench.yardstick import copy_rate, wal_position

LINKS = 4
PER_REQUEST = 500
WARM_REQUESTS = 8
LARGE_BYTES = 20 * 1024 * 1024
LARGE_ITEMS = 9_900  # of the 10,000 a request may hold
WARM_FIRST, LARGE_FIRST = 900_000, 800_000  # numbers of bodies that nothing else posts


def spans(here: Installation, *, requests: int) -> Result:
    """Post technical spans in protobuf."""
    return _measure(here, "ingest spans", bodies.spans(PER_REQUEST), requests)


def events(here: Installation, *, requests: int) -> Result:
    """Post business events in batches."""
    return _measure(here, "ingest events", bodies.events(PER_REQUEST), requests)


def _measure(here: Installation, name: str, body: Body, requests: int) -> Result:
    with web.serving() as server:
        _checked(web.post_all(server, here.key, body, first=WARM_FIRST, requests=WARM_REQUESTS, links=LINKS))
        cpu, before = server.cpu_seconds(), wal_position()
        posted = _checked(web.post_all(server, here.key, body, first=0, requests=requests, links=LINKS))
        used, memory = server.cpu_seconds() - cpu, server.rss_mb()
    items = requests * body.items
    written = wal_position() - before
    copied = copy_rate()
    rate = items / posted.seconds
    return Result(
        name=name,
        events=items,
        seconds=posted.seconds,
        events_per_second=rate,
        copy_rows_per_second=copied,
        ratio_to_copy=rate / copied,
        p50_ms=percentile(posted.took_ms, 0.5),
        p95_ms=percentile(posted.took_ms, 0.95),
        cpu_seconds=used,
        rss_mb=memory,
        wal_bytes_per_event=written / items,
        notes={"connections": LINKS, "items a request": body.items, "CPU µs an item": used / items * 1e6}
        | {"what p50 and p95 time": "a request", **load()},
    )


def large(here: Installation, *, share: float) -> Result:
    """Post four bodies of 20 MiB at once, spans and then events; what counts is the memory."""
    kinds = [_large(bodies.spans, share), _large(bodies.events, share)]
    before, took, seconds, refused = wal_position(), [0.0], 0.0, 0
    with web.serving() as server:
        cpu = server.cpu_seconds()
        for body in kinds:
            posted = web.post_all(server, here.key, body, first=LARGE_FIRST, requests=LINKS, links=LINKS)
            took += posted.took_ms
            seconds += posted.seconds
            refused += sum(status != 200 for status in posted.statuses)
        used, memory = server.cpu_seconds() - cpu, server.rss_mb()
    items = sum(body.items for body in kinds) * LINKS
    copied = copy_rate()
    return Result(
        name="ingest large bodies",
        events=items,
        seconds=seconds,
        events_per_second=items / seconds,
        copy_rows_per_second=copied,
        ratio_to_copy=items / seconds / copied,
        p50_ms=percentile(took[1:], 0.5),
        p95_ms=percentile(took[1:], 0.95),
        cpu_seconds=used,
        rss_mb=memory,
        wal_bytes_per_event=(wal_position() - before) / items,
        notes={"MiB a body": len(kinds[0].text) / 2**20, "told to come again": refused, **load()},
    )


def _large(build: Callable[..., Body], share: float) -> Body:
    """Return a body of the largest size: as many items as may be, each as long as that takes."""
    items = max(1, int(LARGE_ITEMS * share))
    room = int(LARGE_BYTES * share) - len(build(items, filler=1).text)
    return build(items, filler=max(1, room // items - 4))


def _checked(posted: web.Posted) -> web.Posted:
    wrong = {status for status in posted.statuses if status != 200}
    if wrong:
        raise RuntimeError(f"the bench's own requests were answered {sorted(wrong)}")
    return posted
