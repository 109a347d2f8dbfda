"""Where what is done comes from: the address that asks and the session it belongs to, or somebody's shell."""

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    operator: str = ""  # the machine's account of whoever runs a command


NOWHERE = Origin()
_current: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def current() -> Origin:
    """Return the origin of the request being answered; NOWHERE outside of one."""
    return _current.get()


@contextmanager
def of_this_shell() -> Iterator[None]:
    """Say that what is done now is done by whoever runs this process."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as containers have
        account = str(os.getuid())
    began = _current.set(Origin(operator=account))
    try:
        yield
    finally:
        _current.reset(began)


def begin(origin: Origin) -> None:
    """Say where the request comes from that this thread answers from here on."""
    _current.set(origin)
