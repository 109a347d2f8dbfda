"""When costly work may begin again: whoever does it takes its turn, in whatever process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings

from observability.core.pacing import free_at
from observability.core.sql import execute

# Longer than any of it takes: after that somebody who died in his turn does not hold up the next.
LEASE = timedelta(minutes=3)
TAKE = """
    INSERT INTO follow_up (name, free_at) VALUES (%(name)s, %(until)s)
    ON CONFLICT (name) DO UPDATE SET free_at = excluded.free_at
     WHERE follow_up.free_at IS NULL OR follow_up.free_at <= %(at)s
"""
GIVE = "UPDATE follow_up SET free_at = %(free_at)s WHERE name = %(name)s"


@contextmanager
def turn(name: str, *, clock: Callable[[], datetime], share: float | None = None) -> Iterator[bool]:
    """Say whether work of this name may begin, and time it: together its turns take at most this share of
    the time (settings.FOLLOW_UP_SHARE where none is said), and no two processes have one at once.

    It has cost its time also where it fails.
    """
    began = clock()
    if not execute(TAKE, {"name": name, "at": began, "until": began + LEASE}):
        yield False
        return
    try:
        yield True
    finally:
        allowed = settings.FOLLOW_UP_SHARE if share is None else share
        free = free_at(began=began, ended=clock(), share=allowed)
        execute(GIVE, {"name": name, "free_at": free})
