"""Celery doors of the measures."""

from celery import shared_task

from kpis.rollup.catch_up import catch_up
from observability.core.clock import now


@shared_task(ignore_result=True)
def roll_up() -> None:
    """Bring the stored figures up to date."""
    catch_up(at=now(), clock=now)
