"""Which facilities may somebody see?"""

from dataclasses import dataclass

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

FACILITIES = """
    SELECT id, code, name, zone
      FROM facility
     WHERE %(everything)s OR id = ANY(%(facility_ids)s)
     ORDER BY name, id
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A facility and the zone its people live in."""

    id: int
    code: str
    name: str
    zone: str


def facilities_in(*, scope: Scope, limit: int = 1_000) -> list[Place]:
    """Return the facilities of the scope by name."""
    params = {"everything": scope.everything, "facility_ids": list(scope.facility_ids), "limit": limit}
    return fetch_all(Place, FACILITIES, params)
