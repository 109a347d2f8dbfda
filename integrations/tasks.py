"""Celery's doors to retention and names of days to come. A message is a nudge: what is due is in the rows."""

from celery import shared_task
from django.conf import settings

from integrations.reference import keeping
from integrations.retention import look, run
from observability.core.clock import now


@shared_task
def purge() -> None:
    """Go on with the day's purge for a few seconds; once an hour, look at what is due."""
    run.purge(at=now(), seconds=settings.RETENTION_SECONDS, clock=now)
    look.look_if_due(at=now())


@shared_task
def take_up_names() -> None:
    """Give places the names whose day has begun."""
    keeping.take_up(now())
