"""Which roles does somebody hold, and where, in the words of a page?"""

from dataclasses import dataclass

from observability.core.sql import fetch_all

GRANTS = """
    SELECT g.role, f.name AS facility
      FROM "grant" g
      LEFT JOIN facility f ON f.id = g.facility_id
     WHERE g.user_id = %(user_id)s
     ORDER BY g.role, f.name
"""


@dataclass(frozen=True, slots=True)
class ShownGrant:
    """One grant; `facility` is None where it reaches every facility."""

    role: str
    facility: str | None


def grants_shown(*, user_id: int) -> list[ShownGrant]:
    """Return somebody's grants."""
    return list(fetch_all(ShownGrant, GRANTS, {"user_id": user_id}))
