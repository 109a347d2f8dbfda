"""Whether what was posted can be seen."""

from integrations.models import Inbox
from tracing.models import Change


def is_settled() -> bool:
    """Whether all that was accepted is applied, and measures have taken notice."""
    return not Inbox.objects.filter(done_at=None).exists() and not Change.objects.exists()
