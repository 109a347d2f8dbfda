"""Which networks and regions do the facilities of somebody lie in?"""

from dataclasses import dataclass

from kpis.queries.window import Window, whose
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

PLACES = """
SELECT p.id, p.code, p.name, p.kind, array_agg(DISTINCT r.facility_id) AS facilities
  FROM place p
  JOIN place_reach r ON r.place_id = p.id
 WHERE p.kind IN ('network', 'region')
   AND (%(everything)s OR r.facility_id = ANY(%(facilities)s::int[]))
   AND r.valid_from < %(stop)s AND (r.valid_to IS NULL OR r.valid_to >= %(start)s)
 GROUP BY p.id, p.code, p.name, p.kind
 ORDER BY p.kind, p.name, p.id LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """A network or region, and which facilities of the scope lay within it in the window."""

    id: int
    code: str
    name: str
    kind: str
    facilities: list[int]


def places_of(*, scope: Scope, window: Window) -> list[PlaceSeen]:
    """Return the places above the facilities in scope, networks first."""
    return fetch_all(PlaceSeen, PLACES, {**whose(scope), **window.params()})
