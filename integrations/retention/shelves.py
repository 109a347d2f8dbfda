"""The shelves: each class of data is purged by the domain that knows it, which registers here."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Moved(Exception):
    """What a batch was about changed while it waited for a lock: it is rolled back and tried again."""


Position = Mapping[str, Any]  # where a shelf goes on; JSON


@dataclass(frozen=True, slots=True)
class Batch:
    """What one database transaction of the purge took away."""

    counts: Mapping[str, int]  # rows by table
    position: Position
    ids: str = ""  # SHA-256 over the ids; empty where nothing went
    oldest: datetime | None = None
    newest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in one class, and what is not because of holds. Counts stop at `counted_to`."""

    rows: int
    partitions: int
    oldest: datetime | None  # of the class, due or not
    held: Mapping[int, int]  # rows that are due by hold id
    bytes: int  # estimated from the average row; the whole partition where that goes as one
    counted_to: int | None = None  # there may be more than this


class Shelf(Protocol):
    """One class of data."""

    @property
    def data_class(self) -> str:
        """The name of its class in the policy."""

    def look(self, *, cutoff: datetime, at: datetime) -> Due:
        """Return what is due, without touching it."""

    def take(self, *, cutoff: datetime, at: datetime, run_id: int, position: Position) -> Batch | None:
        """Delete some of what is due and not held, in the caller's transaction; None when nothing is left."""

    def per_day(self, *, at: datetime) -> float | None:
        """Return the rows of the class's first table that come in a day, from the rows; None if unknown."""


SHELVES: dict[str, Shelf] = {}


def register(shelf: Shelf) -> None:
    """Have a class purged by `shelf`."""
    SHELVES[shelf.data_class] = shelf


def digest(ids: Iterable[str]) -> str:
    """Return what the ids of a batch come to, whatever their order."""
    said = hashlib.sha256()
    for each in sorted(ids):
        said.update(each.encode() + b"\n")
    return said.hexdigest()
