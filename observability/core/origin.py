"""Where the request being answered comes from: the address that asks and the session it belongs to."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass


def _nothing() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Asked late: signing in changes the session while its request is being answered."""

    address: Callable[[], str] = _nothing
    session: Callable[[], str] = _nothing
    trace_id: str = ""


NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current() -> Origin:
    """Return the origin of the request being answered; NOWHERE outside of one."""
    return _current.get()


def begin(origin: Origin) -> None:
    """Say where the request comes from that this thread answers from here on."""
    _current.set(origin)
