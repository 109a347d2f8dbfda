"""Find the servers of a running embedded pair."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of a running pair."""

    database_url: str
    redis_url: str


def servers() -> Servers | None:
    """Return the addresses of the embedded servers of this checkout, or None where none run."""
    return None
