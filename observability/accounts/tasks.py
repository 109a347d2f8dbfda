"""Celery's doors to people and audit. A message is a nudge; losing one loses nothing."""

from celery import shared_task

from observability.accounts import anchors, checking, looks
from observability.core.clock import now


@shared_task
def anchor_audit() -> None:
    """Write down outside the database where the audit chain stands, where that is due."""
    anchors.write_anchor(now(), only_if_due=True)


@shared_task
def check_audit() -> None:
    """Walk the next part of the audit chain, where that is due."""
    checking.check_if_due(now())


@shared_task
def forget_looks() -> None:
    """Remove what bounds no audit row any more."""
    looks.forget_looks(now())
