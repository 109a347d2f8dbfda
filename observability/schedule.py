"""What runs by itself and how often: one table for beat and for the workers that go on without a broker.

Every task named here is a door that takes what is due from the database, so a run that is missed, doubled
or late changes nothing but the delay.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One task, run every so many seconds by the worker of one queue."""

    task: str
    queue: str
    every_seconds: float
    args: tuple[int | str, ...] = ()

    @property
    def name(self) -> str:
        """The entry's own name: its task, and its arguments where it has some."""
        return " ".join([self.task, *map(str, self.args)])


DRAIN = "tracing.tasks.drain_inbox"
SCHEDULE: tuple[Entry, ...] = (
    Entry(DRAIN, "ingest", 1),
    Entry("tracing.tasks.sweep_orphans", "ingest", 5),
    Entry("tracing.tasks.tally_connectors", "ingest", 5),
    Entry("tracing.tasks.tally_sightings", "ingest", 15),
    Entry("tracing.tasks.mark_late", "ingest", 15),
    Entry("tracing.tasks.report_stranded", "ingest", 600),
    Entry("tracing.tasks.make_partitions", "ingest", 600),
    Entry("integrations.tasks.purge", "kpi", 60),
    Entry("integrations.tasks.take_up_names", "kpi", 60),
    Entry("tracing.tasks.reseal_identifiers", "kpi", 60),
    Entry("tracing.tasks.move_remapped", "kpi", 5),
    Entry("observability.accounts.tasks.anchor_audit", "kpi", 10),
    Entry("observability.accounts.tasks.check_audit", "kpi", 60),
    Entry("observability.accounts.tasks.forget_looks", "kpi", 3_600),
    Entry("tracing.tasks.count_unmapped", "kpi", 120),
    Entry("kpis.tasks.roll_up", queue="kpi", every_seconds=5),
)


def beat_schedule(entries: tuple[Entry, ...] = SCHEDULE) -> dict[str, dict[str, Any]]:
    """Return `entries` as Celery's beat wants them.

    A message nobody took within its period expires, so that nudges do not pile up behind a busy worker.
    """
    return {
        entry.name: {
            "task": entry.task,
            "schedule": entry.every_seconds,
            "args": entry.args,
            "options": {"queue": entry.queue, "expires": entry.every_seconds},
        }
        for entry in entries
    }


def routes(entries: tuple[Entry, ...] = SCHEDULE) -> dict[str, dict[str, str]]:
    """Return which queue each task goes to, whoever sends it."""
    return {entry.task: {"queue": entry.queue} for entry in entries}
