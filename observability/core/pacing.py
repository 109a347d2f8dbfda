"""Pure: how much of the time work that is done again and again may take."""

from datetime import datetime


def free_at(*, began: datetime, ended: datetime, share: float) -> datetime:
    """Return when work that ran from `began` to `ended` may begin again: it never takes more than `share`
    (0 < share <= 1) of the time, however long it takes. With 1 it may at once.

    Raises ValueError for a share that is none.
    """
    if not 0 < share <= 1:
        raise ValueError("a share is more than 0 and at most 1")
    return began + (ended - began) / share
