"""Whether what was posted can be seen."""

from integrations.models import Inbox
from kpis.models import KpiDirty
from tracing.models import Change


def is_settled() -> bool:
    """Whether all that was accepted is applied and counted."""
    waiting = Inbox.objects.filter(done_at=None), Change.objects.all(), KpiDirty.objects.all()
    return not any(rows.exists() for rows in waiting)
