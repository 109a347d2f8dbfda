"""Figures from the stored buckets: what pages read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kpis.catalogue.figure import Summed
from kpis.catalogue.kpi import Kpi
from kpis.queries.window import THERE, Window, lay_there, whose
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Each is read from the index kpi_value_read alone, measure by measure: in its order the rows of a facility
# and class stand together, so a year is one run of entries, and nothing is sorted or hashed. Were all of them
# joined at once, the planner would read the whole table even for a month.
_WANTED = """
  FROM unnest(%(kpis)s::text[], %(versions)s::int[], %(workflows)s::text[], %(undecided)s::text[])
    AS wanted(kpi, version, workflow, undecided)"""

_BOUNDS = f"""
          FROM kpi_value v
          LEFT JOIN {THERE} ON there.facility_id = v.facility_id
         WHERE v.kpi = wanted.kpi AND v.version = wanted.version
           AND v.bucket >= %(start)s AND v.bucket < %(stop)s
           AND (%(everything)s OR v.facility_id = ANY(%(facilities)s::int[]))
           AND (%(pairs)s::text[] IS NULL
                OR v.facility_id || ':' || wanted.workflow = ANY(%(pairs)s::text[]))
           AND (%(place)s::bigint IS NULL OR v.bucket <@ there.days)"""

_SUMS = """sum(v.numerator) AS numerator, sum(v.denominator) AS denominator, sum(v.units)::int AS units"""

_BY_FACILITY = f"""
SELECT wanted.kpi, s.facility_id, s.name, s.numerator, s.denominator, s.units {_WANTED}
 CROSS JOIN LATERAL (
        SELECT v.facility_id, v.dim_value AS name, {_SUMS} {_BOUNDS} AND v.grain = {{grain}}
         GROUP BY v.facility_id, v.dim_value) s
 ORDER BY wanted.kpi, s.facility_id, s.name
"""
BY_FACILITY = _BY_FACILITY.format(grain="'part'")
BY_PAYER = _BY_FACILITY.format(grain="'payer'")

# What a facility has on a day is counted with its parts in one statement; one part says what is undecided.
BY_DAY = f"""
SELECT wanted.kpi, s.day, sum(s.numerator) AS numerator, sum(s.denominator) AS denominator,
       sum(s.units)::int AS units, sum(s.undecided)::int AS undecided {_WANTED}
 CROSS JOIN LATERAL (
        SELECT v.bucket AS day, {_SUMS}, 0 AS undecided {_BOUNDS} AND v.grain = 'facility'
         GROUP BY v.bucket
         UNION ALL
        SELECT v.bucket, 0, 0, 0, sum(v.units) {_BOUNDS} AND v.grain = 'part'
           AND v.dim_value = wanted.undecided
         GROUP BY v.bucket) s
 GROUP BY wanted.kpi, s.day
 ORDER BY wanted.kpi, s.day
"""

# The latest snapshot of each facility; its marker row says when it was taken.
SNAPSHOT = f"""
WITH latest AS (
    SELECT facility_id, max(bucket) AS bucket
      FROM kpi_value
     WHERE kpi = 'HELD' AND version = %(version)s AND grain = 'facility'
       AND bucket >= %(start)s AND bucket < %(stop)s
       AND (%(everything)s OR facility_id = ANY(%(facilities)s::int[]))
     GROUP BY facility_id
)
SELECT v.facility_id, v.grain, v.dim_value AS name, v.numerator, v.denominator,
       v.units, v.computed_at
  FROM kpi_value v
  JOIN latest USING (facility_id, bucket)
 WHERE v.kpi = 'HELD' AND v.version = %(version)s
   AND (%(pairs)s::text[] IS NULL OR v.grain = 'facility'
        OR v.facility_id || ':' || split_part(v.dim_value, ':', 1) = ANY(%(pairs)s::text[]))
   AND {lay_there("v.facility_id", "v.bucket")}
 ORDER BY v.facility_id, v.grain, v.dim_value
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class Stored(Summed):
    """Sums of one measure at one facility, for one class or one payer."""

    kpi: str
    facility_id: int
    name: str
    numerator: Decimal
    denominator: Decimal
    units: int


@dataclass(frozen=True, slots=True)
class StoredDay:
    """Sums of one measure on one day, over facilities."""

    kpi: str
    day: date
    numerator: Decimal
    denominator: Decimal
    units: int
    undecided: int


@dataclass(frozen=True, slots=True)
class Standing(Summed):
    """What stood still at one facility when the snapshot was taken; grain `facility` marks the snapshot."""

    facility_id: int
    grain: str
    name: str
    numerator: Decimal
    denominator: Decimal
    units: int
    computed_at: datetime


def _params(scope: Scope, kpis: Sequence[Kpi], window: Window) -> dict[str, object]:
    declared = {
        "kpis": [kpi.key for kpi in kpis],
        "versions": [kpi.version for kpi in kpis],
        "workflows": [kpi.workflow for kpi in kpis],
        "undecided": [kpi.open_class for kpi in kpis],
    }
    return {**whose(scope), **window.params(), **declared}


def stored_by_facility(*, scope: Scope, kpis: Sequence[Kpi], window: Window) -> list[Stored]:
    """Return sums by facility and class of row."""
    return fetch_all(Stored, BY_FACILITY, _params(scope, kpis, window))


def stored_by_payer(*, scope: Scope, kpi: Kpi, window: Window) -> list[Stored]:
    """Return one measure's sums by facility and payer; the name is empty where no payer is known."""
    return fetch_all(Stored, BY_PAYER, _params(scope, (kpi,), window))


def stored_by_day(*, scope: Scope, kpis: Sequence[Kpi], window: Window) -> list[StoredDay]:
    """Return sums by day, over all facilities in scope, with how many units are undecided."""
    return fetch_all(StoredDay, BY_DAY, _params(scope, kpis, window))


def standing(*, scope: Scope, version: int, window: Window) -> list[Standing]:
    """Return the latest snapshot of money that stands still, taken in `window`."""
    return fetch_all(Standing, SNAPSHOT, {**whose(scope), **window.params(), "version": version})
