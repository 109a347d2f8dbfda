"""Facilities and places by their codes, for files that people write."""

from dataclasses import dataclass
from datetime import date

from observability.accounts.queries.reach import TODAY
from observability.core.sql import fetch_all

FACILITIES = "SELECT id, code FROM facility ORDER BY code LIMIT %(limit)s"
PLACES = f"""
    SELECT p.id, p.kind || ':' || p.code AS code FROM place p
     WHERE p.kind IN ('network', 'region') AND {TODAY.format("p")}
     ORDER BY p.kind, p.code
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class _Named:
    id: int
    code: str


def facility_names(limit: int = 10_000) -> dict[str, int]:
    """Return the ids of facilities by code."""
    return {each.code: each.id for each in fetch_all(_Named, FACILITIES, {"limit": limit})}


def place_names(*, today: date, limit: int = 10_000) -> dict[str, int]:
    """Return the ids of the networks and regions of a day, as `region:CODE`."""
    rows = fetch_all(_Named, PLACES, {"today": today, "limit": limit})
    return {each.code: each.id for each in rows}
