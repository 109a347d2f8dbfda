"""A process of the bench: `python -m observability.bench.worker ROLE WORDS`; it says what it did."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

import django

BETWEEN_LOOKS = 0.05
ONE_PASS = 0.1  # seconds: enough for a drain to find a slot, too little for a second pass

_stop = threading.Event()


def _paced(work: Callable[[], int], wait: float) -> dict[str, object]:
    """Work until asked to stop, waiting where there was nothing to do; say what that took."""
    from observability.bench.processes import Work
    from observability.bench.report import cpu_seconds, rss_mb

    cpu, began, ended, rows = cpu_seconds(), time.time(), time.time(), 0
    passes: list[float] = []
    while not _stop.is_set():
        at = time.perf_counter()
        done = work()
        if done:
            passes.append((time.perf_counter() - at) * 1_000)
            rows, ended = rows + done, time.time()
        elif wait:
            _stop.wait(wait)
        else:
            break
    return asdict(Work(began, ended, rows, cpu_seconds() - cpu, rss_mb(), passes))


def empty() -> dict[str, object]:
    """Drain until nothing waits, pass by pass."""
    from django.db import connection

    from tracing.storage.drain import drain

    connection.ensure_connection()
    return _paced(lambda: drain(seconds=ONE_PASS), wait=0)


def keep_draining() -> dict[str, object]:
    """Drain as an installation does: each second one drain is nudged, and works until nothing is left."""
    from django.conf import settings

    from tracing.storage.drain import drain

    return _paced(drain, wait=float(settings.DRAIN_SLOTS))


def follow(queue: str) -> dict[str, object]:
    """Run the follow-ups of one queue by the schedule of the installation."""
    from django.utils.module_loading import import_string

    from observability.schedule import DRAIN, SCHEDULE

    entries = [e for e in SCHEDULE if e.queue == queue and e.task != DRAIN]
    due = {entry.name: 0.0 for entry in entries}

    def look() -> int:
        ran = 0
        for entry in entries:
            if time.monotonic() >= due[entry.name]:
                due[entry.name] = time.monotonic() + entry.every_seconds
                import_string(entry.task)(*entry.args)
                ran += 1
        return ran

    return _paced(look, wait=BETWEEN_LOOKS)


ROLES: dict[str, Callable[..., dict[str, object]]] = {
    "empty": empty,
    "drain": keep_draining,
    "follow": follow,
}


def main(words: list[str]) -> None:
    """Run a role and print what it did."""
    signal.signal(signal.SIGTERM, lambda *_: _stop.set())
    django.setup()
    sys.stdout.write(json.dumps(ROLES[words[0]](*words[1:])) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
