"""Which roles does somebody hold, and where, in the words of a page?"""

from collections.abc import Sequence
from dataclasses import dataclass

from observability.core.sql import fetch_all

GRANTS = """
    SELECT g.role, f.name AS facility
      FROM "grant" g
      LEFT JOIN facility f ON f.id = g.facility_id
     WHERE g.user_id = %(user_id)s AND g.ended_at IS NULL
   AND (g.valid_from IS NULL OR g.valid_from <= CURRENT_DATE)
   AND (g.valid_to IS NULL OR g.valid_to >= CURRENT_DATE)
     ORDER BY g.role, f.name
"""


FACILITIES = """
    SELECT u.username, string_agg(f.name, ' and ' ORDER BY f.name) AS facilities
      FROM "user" u
      JOIN "grant" g ON g.user_id = u.id
      LEFT JOIN facility f ON f.id = g.facility_id
     WHERE u.username = ANY(%(usernames)s)
     GROUP BY u.username
"""


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """The facilities of somebody, by name; None where they are all."""

    username: str
    facilities: str | None


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """One grant; `facility` is None where it reaches every facility."""

    role: str
    facility: str | None


def grants_shown(*, user_id: int) -> list[ShownGrant]:
    """Return somebody's grants."""
    return list(fetch_all(ShownGrant, GRANTS, {"user_id": user_id}))


def facilities_shown(*, usernames: Sequence[str]) -> dict[str, str]:
    """Return the names of the facilities that each of these people sees; who has no grant is left out."""
    rows = fetch_all(ShownPerson, FACILITIES, {"usernames": list(usernames)})
    return {row.username: row.facilities or "every facility" for row in rows}
