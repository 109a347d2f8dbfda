"""Pure: since when recent activity is counted. Counts are by whole hours, so a window begins with one."""

from datetime import datetime, timedelta

DAY, WEEK = timedelta(days=1), timedelta(days=7)


def since(at: datetime, window: timedelta) -> datetime:
    """Return the beginning of the hour in which the window that ends at `at` begins."""
    return (at - window).replace(minute=0, second=0, microsecond=0)
