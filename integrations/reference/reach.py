"""Derive from the dated edges which facility lies within which place, on which days."""

from integrations.models import BEGINNING
from observability.core.sql import execute

# From each facility upwards; a path holds on the days on which all of its edges do. Paths that follow each
# other (a facility moves between two regions of one network) become one stretch, so none is counted twice.
REACH = """
INSERT INTO place_reach (place_id, facility_id, valid_from, valid_to)
WITH RECURSIVE up AS (
    SELECT id AS place_id, facility_id, daterange(%(beginning)s::date, NULL) AS during
      FROM place
     WHERE facility_id IS NOT NULL
     UNION
    SELECT e.parent_id, up.facility_id, up.during * daterange(e.valid_from, e.valid_to, '[]')
      FROM up
      JOIN place_edge e ON e.child_id = up.place_id
                       AND up.during && daterange(e.valid_from, e.valid_to, '[]')
), merged AS (
    SELECT place_id, facility_id, unnest(range_agg(during)) AS during
      FROM up
     GROUP BY place_id, facility_id
)
SELECT place_id, facility_id, lower(during), upper(during) - 1
  FROM merged
 ORDER BY place_id, facility_id, lower(during)
"""


def rebuild_reach() -> None:
    """Derive all of place_reach anew, in the transaction of whoever changed an edge and holds the lock."""
    execute("DELETE FROM place_reach")
    execute(REACH, {"beginning": BEGINNING})
