"""Which roles does somebody hold, and where, in the words of a page?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from observability.accounts.queries.reach import GIVES, STANDS
from observability.core.sql import fetch_all

# A grant whose place gives nothing today is none, for who holds it.
_NAMED = f"""
      LEFT JOIN facility n ON n.id = g.facility_id
      LEFT JOIN place l ON l.id = g.place_id
     WHERE {STANDS} AND EXISTS (SELECT 1 FROM facility f WHERE {GIVES})"""  # noqa: S608 - our own constants
GRANTS = f"""
    SELECT g.role, coalesce(n.name, l.name) AS place
      FROM "grant" g {_NAMED} AND g.user_id = %(user_id)s
     ORDER BY g.role, place
"""  # noqa: S608 - our own constants
PLACES = f"""
    SELECT u.username,
           string_agg(coalesce(n.name, l.name), ' and ' ORDER BY coalesce(n.name, l.name)) AS places
      FROM "user" u
      JOIN "grant" g ON g.user_id = u.id {_NAMED} AND u.username = ANY(%(usernames)s)
     GROUP BY u.username
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """The places of somebody, by name; None where they are all."""

    username: str
    places: str | None


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """One grant; `place` names its facility, region or network, and is None where it reaches everything."""

    role: str
    place: str | None


def grants_shown(*, user_id: int, today: date) -> list[ShownGrant]:
    """Return somebody's grants that give something today."""
    return fetch_all(ShownGrant, GRANTS, {"user_id": user_id, "today": today})


def places_shown(*, usernames: Sequence[str], today: date) -> dict[str, str]:
    """Return in words where each of these people sees something today; who sees nothing is left out."""
    rows = fetch_all(ShownPerson, PLACES, {"usernames": list(usernames), "today": today})
    return {row.username: row.places or "every facility" for row in rows}
