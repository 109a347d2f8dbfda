"""Figures from the stored buckets: what pages read."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kpis.catalogue.figure import Sums
from kpis.catalogue.kpi import Kpi
from kpis.queries.window import Window, lay_there, whose
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Each is served by the index kpi_value_once (kpi, version, bucket, grain, facility_id, dim_value).
_BOUNDS = f"""
  FROM kpi_value v
  JOIN unnest(%(kpis)s::text[], %(versions)s::int[], %(workflows)s::text[]) AS wanted(kpi, version, workflow)
 USING (kpi, version)
 WHERE v.bucket >= %(start)s AND v.bucket < %(stop)s
   AND (%(everything)s OR v.facility_id = ANY(%(facilities)s::int[]))
   AND (%(pairs)s::text[] IS NULL OR v.facility_id || ':' || wanted.workflow = ANY(%(pairs)s::text[]))
   AND {lay_there("v.facility_id", "v.bucket")}"""

_SUMS = """
       sum(v.numerator) AS numerator, sum(v.denominator) AS denominator,
       sum((v.counts->>'units')::int)::int AS units"""

BY_FACILITY = f"""
SELECT v.kpi, v.facility_id, v.dim_value AS name, {_SUMS} {_BOUNDS} AND v.grain = 'part'
 GROUP BY v.kpi, v.facility_id, v.dim_value ORDER BY v.kpi, v.facility_id, v.dim_value
"""

BY_PAYER = f"""
SELECT v.kpi, v.facility_id, v.dim_value AS name, {_SUMS} {_BOUNDS} AND v.grain = 'payer'
 GROUP BY v.kpi, v.facility_id, v.dim_value ORDER BY v.kpi, v.facility_id, v.dim_value
"""

# A day's parts sum to the day; one of them says how many of its units are undecided.
BY_DAY = f"""
SELECT v.kpi, v.bucket AS day, {_SUMS},
       coalesce(sum((v.counts->>'units')::int)
           FILTER (WHERE v.dim_value = (%(undecided)s::jsonb)->>v.kpi), 0)::int AS undecided
{_BOUNDS} AND v.grain = 'part'
 GROUP BY v.kpi, v.bucket ORDER BY v.kpi, v.bucket
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
       (v.counts->>'units')::int AS units, v.computed_at
  FROM kpi_value v
  JOIN latest USING (facility_id, bucket)
 WHERE v.kpi = 'HELD' AND v.version = %(version)s
   AND (%(pairs)s::text[] IS NULL OR v.grain = 'facility'
        OR v.facility_id || ':' || split_part(v.dim_value, ':', 1) = ANY(%(pairs)s::text[]))
   AND {lay_there("v.facility_id", "v.bucket")}
 ORDER BY v.facility_id, v.grain, v.dim_value
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class Stored:
    """Sums of one measure at one facility, for one class or one payer."""

    kpi: str
    facility_id: int
    name: str
    numerator: Decimal
    denominator: Decimal
    units: int

    @property
    def sums(self) -> Sums:
        """The sums alone."""
        return Sums(self.numerator, self.denominator, self.units)


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
class Standing:
    """What stood still at one facility when the snapshot was taken; grain `facility` marks the snapshot."""

    facility_id: int
    grain: str
    name: str
    numerator: Decimal
    denominator: Decimal
    units: int
    computed_at: datetime

    @property
    def sums(self) -> Sums:
        """The sums alone."""
        return Sums(self.numerator, self.denominator, self.units)


def _params(scope: Scope, kpis: Sequence[Kpi], window: Window) -> dict[str, object]:
    declared = {
        "kpis": [kpi.key for kpi in kpis],
        "versions": [kpi.version for kpi in kpis],
        "workflows": [kpi.workflow for kpi in kpis],
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
    undecided = json.dumps({kpi.key: kpi.open_class for kpi in kpis})
    return fetch_all(StoredDay, BY_DAY, {**_params(scope, kpis, window), "undecided": undecided})


def standing(*, scope: Scope, version: int, window: Window) -> list[Standing]:
    """Return the latest snapshot of money that stands still, taken in `window`."""
    return fetch_all(Standing, SNAPSHOT, {**whose(scope), **window.params(), "version": version})
