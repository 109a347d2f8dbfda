"""The one place that asks the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, aware, in UTC. Called in doors only; rules take the time as an argument."""
    return datetime.now(UTC)
