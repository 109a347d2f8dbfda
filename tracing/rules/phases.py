"""Pure: what a transaction has come to."""

from enum import StrEnum


class Phase(StrEnum):
    """What a transaction has come to, as far as the facts say."""

    OPEN = "open"
    FAILED = "failed"
    COMPLETED = "completed"
    COMPLETED_WITH_ERRORS = "completed_with_errors"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# In these a next step is still awaited, so they have a deadline.
AWAITING = frozenset({Phase.OPEN, Phase.FAILED})
