"""The networks and regions that somebody may give grants for, with the facilities that lie there today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from observability.accounts.queries.reach import TODAY
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Who holds a permission by a place holds it in the places below, too. A set of facilities is no place: who
# decides on each of them today does not decide on what comes to a region later.
PLACES = f"""
    WITH RECURSIVE below AS (
        SELECT unnest(%(held)s::bigint[]) AS id
         UNION
        SELECT e.child_id FROM below b JOIN place_edge e ON e.parent_id = b.id AND {TODAY.format("e")}
    )
    SELECT p.id, p.kind, p.code, p.name,
           ARRAY(SELECT f.name FROM place_reach r JOIN facility f ON f.id = r.facility_id
                  WHERE r.place_id = p.id AND {TODAY.format("r")} ORDER BY f.name) AS facilities
      FROM place p
     WHERE p.kind IN ('network', 'region') AND {TODAY.format("p")}
       AND (%(everywhere)s OR p.id IN (SELECT id FROM below))
       AND (%(id)s::bigint IS NULL OR p.id = %(id)s)
     ORDER BY p.kind, p.name, p.id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class PlaceHere:
    """A place that a grant may be given for; `facilities` are those under it today, by name."""

    id: int
    kind: str
    code: str
    name: str
    facilities: Sequence[str]


def places_here(
    *, scope: Scope, permission: Permission, today: date, id: int | None = None, limit: int = 1_000
) -> list[PlaceHere]:
    """Return the networks and regions in which a permission is held whatever comes to lie there."""
    params = {
        "held": sorted(scope.places.get(permission, ())),
        "everywhere": scope.everything or permission in scope.everywhere,
        "today": today,
        "id": id,
        "limit": limit,
    }
    return fetch_all(PlaceHere, PLACES, params)
