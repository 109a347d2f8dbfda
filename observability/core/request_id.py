"""The id of the request being answered: what a log line, an audit row and an error page have in common."""

from contextvars import ContextVar

_current: ContextVar[str] = ContextVar("request_id", default="")


def current() -> str:
    """Return the id of the request being answered; empty outside of one."""
    return _current.get()


def begin(request_id: str) -> None:
    """Name the request that this thread answers from here on."""
    _current.set(request_id)
