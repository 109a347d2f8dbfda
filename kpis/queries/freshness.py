"""How far the stored figures have come, and who was heard from."""

from dataclasses import dataclass
from datetime import datetime

from kpis.queries.window import Window, whose
from observability.accounts.scopes import Scope
from observability.core import clock
from observability.core.sql import fetch_all, fetch_one

# Changes are appended in order, so the lowest id is the oldest that waits.
BEHIND = """
SELECT LEAST(
    (SELECT at FROM change WHERE workflow = ANY(%(workflows)s) ORDER BY id LIMIT 1),
    (SELECT min(since) FROM kpi_dirty
      WHERE %(everything)s OR facility_id = ANY(%(facilities)s::int[]))
) AS since
"""

# Each look is served by the index transaction_listed (facility_id, first_at, id). What is announced for
# a day to come was not heard on it.
HEARD = """
SELECT f.id, f.code, f.name, f.kind, f.zone,
       EXISTS (SELECT 1 FROM place p
                WHERE p.facility_id = f.id AND p.valid_from < %(stop)s
                  AND (p.valid_to IS NULL OR p.valid_to >= %(start)s)) AS there,
       EXISTS (SELECT 1 FROM transaction t
                WHERE t.facility_id = f.id
                  AND t.first_at >= %(start)s::date::timestamp AT TIME ZONE f.zone
                  AND t.first_at < %(stop)s::date::timestamp AT TIME ZONE f.zone) AS heard,
       (SELECT t.first_at FROM transaction t
         WHERE t.facility_id = f.id AND t.first_at <= %(now)s ORDER BY t.first_at DESC LIMIT 1) AS last_at
  FROM facility f
 WHERE %(everything)s OR f.id = ANY(%(facilities)s::int[])
 ORDER BY f.name, f.id
"""

ZONES = """
SELECT DISTINCT zone FROM facility
 WHERE %(everything)s OR id = ANY(%(facilities)s::int[])
 ORDER BY zone LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone that some facility lives in."""

    zone: str


@dataclass(frozen=True, slots=True)
class Behind:
    """Since when changes wait to be counted; None: nothing waits."""

    since: datetime | None


@dataclass(frozen=True, slots=True)
class HeardFacility:
    """A facility, whether it was there on a day of the window, and whether anything began there in it."""

    id: int
    code: str
    name: str
    kind: str
    zone: str
    there: bool
    heard: bool
    last_at: datetime | None


def counted_until(*, scope: Scope, workflows: list[str], at: datetime) -> datetime:
    """Return the moment up to which the stored figures hold every change: `at` when nothing waits."""
    behind = fetch_one(Behind, BEHIND, {**whose(scope), "workflows": workflows})
    if behind is None or behind.since is None:
        return at
    return min(behind.since, at)


def facilities_heard(*, scope: Scope, window: Window) -> list[HeardFacility]:
    """Return the facilities in scope, by name, and whether each was heard from in the window."""
    return fetch_all(HeardFacility, HEARD, {**whose(scope), **window.params(), "now": clock.now()})


def zones(*, scope: Scope) -> list[str]:
    """Return the zones of the facilities in scope."""
    return [row.zone for row in fetch_all(Zone, ZONES, whose(scope))]
