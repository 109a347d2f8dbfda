"""Celery's doors to retention. A message is a nudge: what is due stands in the rows."""

from celery import shared_task
from django.conf import settings

from integrations.retention import look, run
from observability.core.clock import now


@shared_task
def purge() -> None:
    """Go on with the day's purge for a few seconds; once an hour, look at what is due."""
    run.purge(at=now(), seconds=settings.RETENTION_SECONDS, clock=now)
    look.look_if_due(at=now())
