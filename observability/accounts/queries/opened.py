"""Glasses that stand open, and the facility that one is to be opened for."""

from dataclasses import dataclass
from datetime import datetime

from observability.core.sql import fetch_all, fetch_one

OPENED = """
    SELECT o.id, f.name AS facility, f.zone, o.expires_at, o.sensitive
      FROM opened_glass o JOIN facility f ON f.id = o.facility_id
     WHERE o.id = ANY(%(ids)s)
     ORDER BY o.expires_at
"""
CODED = "SELECT id FROM facility WHERE code = %(code)s"


@dataclass(frozen=True, slots=True)
class Opened:
    """One glass that somebody has open now."""

    id: int
    facility: str
    zone: str
    expires_at: datetime
    sensitive: bool


@dataclass(frozen=True, slots=True)
class _Id:
    id: int


def opened_shown(ids: list[int]) -> list[Opened]:
    """Return one's own open glasses, in the words of a banner."""
    return fetch_all(Opened, OPENED, {"ids": ids})


def facility_coded(code: str) -> int | None:
    """Return the facility of a code, in scope or not: the glass is broken to reach beyond it."""
    found = fetch_one(_Id, CODED, {"code": code})
    return found.id if found else None
