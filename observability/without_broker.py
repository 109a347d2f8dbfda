"""Go on without the broker: a thread in each worker that calls the due tasks itself while it is away.

The row is the work, the message only a nudge. The thread lives in the worker's main process; it is idle
but for one PING every two seconds as long as the broker answers.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from django.db import connections

from observability.core.broker import answers
from observability.schedule import Entry

log = logging.getLogger(__name__)
LOOK_EVERY_SECONDS = 2.0


class Keeper:
    """Watches the broker and runs `entries` while it does not answer."""

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        run: Callable[[Entry], object],
        broker_answers: Callable[[], bool] = answers,
        look_every_seconds: float = LOOK_EVERY_SECONDS,
    ) -> None:
        self._entries = entries
        self._run = run
        self._broker_answers = broker_answers
        self._look_every_seconds = look_every_seconds
        self._last_run: dict[str, float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="without-broker", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching; a task under way may end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def look(self, at: float) -> int:
        """Run what is due at the monotonic time `at` unless the broker answers; return how many ran."""
        if self._broker_answers():
            return 0
        due = [entry for entry in self._entries if self._is_due(entry, at)]
        for entry in due:
            if self._stopping.is_set():
                break
            self._last_run[entry.name] = at
            self._run_one(entry)
        connections.close_all()
        return len(due)

    def _is_due(self, entry: Entry, at: float) -> bool:
        last = self._last_run.get(entry.name)
        return last is None or at - last >= entry.every_seconds

    def _run_one(self, entry: Entry) -> None:
        try:
            self._run(entry)
        except Exception as exc:  # noqa: BLE001 - the next round must come, whatever a task does
            # The text of a database error quotes values; its kind does not.
            log.warning("task_failed_without_broker", extra={"task": entry.task, "error": type(exc)})

    def _watch(self) -> None:
        while not self._stopping.wait(self._look_every_seconds):
            self.look(time.monotonic())
