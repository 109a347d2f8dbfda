"""Celery's doors to correlation. A message is a nudge: the rows hold the work; losing one loses nothing."""

from celery import shared_task

from observability.core.clock import now
from tracing.storage import numbered, remap, reseal, sightings, sweep, unmapped
from tracing.storage.drain import drain
from tracing.storage.turns import turn


@shared_task
def drain_inbox() -> None:
    """Apply what waits in the inbox."""
    drain()


@shared_task
def sweep_orphans() -> None:
    """Bind events whose transaction became known in another pass."""
    sweep.sweep_orphans(now())


@shared_task
def report_stranded() -> None:
    """Tell of events that no transaction has claimed for days."""
    sweep.report_stranded(now())


@shared_task
def mark_late() -> None:
    """Record since when passed promises are late."""
    sweep.mark_late(now())


@shared_task
def tally_connectors() -> None:
    """Add up what the drains appended of each connector."""
    sweep.tally()


@shared_task
def tally_sightings() -> None:
    """Add up which systems and interfaces the drains met."""
    sightings.tally(now())


@shared_task
def reseal_identifiers() -> None:
    """Bring identifiers under the newest sealing key, where there is more than one."""
    reseal.go_on(now())


@shared_task
def move_remapped() -> None:
    """Bring rows to where a changed mapping, or a number in the reference data, says that they belong."""
    numbered.follow(now())
    remap.go_on(now())


@shared_task
def count_unmapped() -> None:
    """Count what depends on codes that nobody has mapped, where its share of the time allows."""
    with turn("tracing.unmapped", clock=now) as mine:
        if mine:
            unmapped.count_unmapped(now())


@shared_task
def make_partitions() -> None:
    """Make the days that will be needed next."""
    sweep.make_partitions(now())
