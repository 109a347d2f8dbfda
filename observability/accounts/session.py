"""How long a session lasts: until nobody used it for a while, and never beyond a working day."""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
# Moving the time of last use with every request would make every read a write.
SEEN_STEP_SECONDS = 60
# Set by a page that asks by itself. Leaving it out gains nothing that a click would not.
POLLING_HEADER = "X-Polling"


def begin(session: SessionBase, at: datetime) -> None:
    """Start the clocks of a session that somebody has just signed in to."""
    session[SIGNED_IN_AT] = session[SEEN_AT] = at.timestamp()


def is_over(session: SessionBase, at: datetime, *, polled: bool = False) -> bool:
    """Say whether the session has ended; where it has not, note that it is in use.

    What a page asks for by itself is no use: a window that was left open must not keep a session alive.
    """
    moment = at.timestamp()
    signed_in_at = session.setdefault(SIGNED_IN_AT, moment)
    seen_at = session.setdefault(SEEN_AT, moment)
    if (
        moment - seen_at > settings.SESSION_IDLE_SECONDS
        or moment - signed_in_at > settings.SESSION_MAX_SECONDS
    ):
        return True
    if moment - seen_at > SEEN_STEP_SECONDS and not polled:
        session[SEEN_AT] = moment
    return False
