"""Figures counted from the facts as they are now, and the lists behind them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kpis.catalogue.categories import denial_categories
from kpis.catalogue.figure import Figure, Summed
from kpis.catalogue.kpi import Kpi
from kpis.queries.unit_rows import UNIT_ROWS
from kpis.queries.window import Window, lay_there, whose
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.within import DEPARTMENTS

LIVE_TIMEOUT_MS = 60_000

SUMS = {
    key: f"""
WITH unit_row AS ({rows})
SELECT facility_id, part, sum(numerator) AS numerator, sum(denominator) AS denominator,
       sum(unit)::int AS units
  FROM unit_row
 WHERE (%(payer)s::text IS NULL OR coalesce(payer, '') = %(payer)s)
   AND {lay_there("unit_row.facility_id", "unit_row.day")}
 GROUP BY facility_id, part
 ORDER BY facility_id, part
"""  # noqa: S608 - our own constants
    for key, rows in UNIT_ROWS.items()
}

# Newest first, by key; at most one row a transaction. Figures count sensitive departments too, lists name
# only rows that the reader may see.
LISTED = {
    key: f"""
WITH unit_row AS ({rows}),
    chosen AS (
        SELECT transaction_id, sum(numerator) AS counted, sum(unit)::int AS units
          FROM unit_row
         WHERE (%(parts)s::text[] IS NULL OR part = ANY(%(parts)s)
                OR split_part(part, ':', 1) = ANY(%(parts)s))
           AND (%(payer)s::text IS NULL OR coalesce(payer, '') = %(payer)s)
           AND {lay_there("unit_row.facility_id", "unit_row.day")}
         GROUP BY transaction_id
    )
SELECT t.id, t.workflow, t.facility_id, t.payer, t.phase, t.outcome, t.first_outcome, t.current_step,
       t.reason, t.amount, c.counted, c.units, t.first_at, t.last_at, t.started_at,
       d.step AS due_step, d.due_at
  FROM chosen c
  JOIN transaction t ON t.id = c.transaction_id
  LEFT JOIN deadline d ON d.transaction_id = t.id
 WHERE {DEPARTMENTS}
   AND (%(everything)s OR t.facility_id = ANY(%(facilities)s::int[]))
   AND (%(before_at)s::timestamptz IS NULL
        OR (t.first_at, t.id) < (%(before_at)s::timestamptz, %(before_id)s::uuid))
 ORDER BY t.first_at DESC, t.id DESC
 LIMIT %(limit)s
"""  # noqa: S608 - our own constants
    for key, rows in UNIT_ROWS.items()
}


@dataclass(frozen=True, slots=True)
class FacilitySums(Summed):
    """What one class of one facility's rows adds up to."""

    facility_id: int
    part: str
    numerator: Decimal
    denominator: Decimal
    units: int


@dataclass(frozen=True, slots=True)
class ListedTransaction:
    """One transaction behind a number. `counted` is what it adds to the numerator, `units` to their count.

    A claim of several categories stands in the list of each, and is one of the claims of its largest only.
    """

    id: uuid.UUID
    workflow: str
    facility_id: int
    payer: str | None
    phase: str
    outcome: str | None
    first_outcome: str | None
    current_step: str | None
    reason: str | None
    amount: Decimal | None
    counted: Decimal
    units: int
    first_at: datetime
    last_at: datetime
    started_at: datetime | None
    due_step: str | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of a list begins: after this row."""

    first_at: datetime
    id: uuid.UUID


def _common(scope: Scope, window: Window, at: datetime, payer: str | None) -> dict[str, object]:
    denial = list(denial_categories())
    return {**whose(scope), **window.params(), "at": at, "payer": payer, "denial": denial}


def figure_sums(
    *, scope: Scope, kpi: Kpi, window: Window, at: datetime, payer: str | None = None
) -> list[FacilitySums]:
    """Return the sums of one measure by facility and class. `at` is the moment that lateness is judged at."""
    params = _common(scope, window, at, payer)
    return fetch_all(FacilitySums, SUMS[kpi.key], params, timeout_ms=LIVE_TIMEOUT_MS)


def live_figure(*, scope: Scope, kpi: Kpi, window: Window, at: datetime, payer: str | None = None) -> Figure:
    """Return the figure of one measure, counted now."""
    found = figure_sums(scope=scope, kpi=kpi, window=window, at=at, payer=payer)
    return Figure.of(kpi, ((row.part, row.sums) for row in found))


def transactions_of(
    *,
    scope: Scope,
    kpi: Kpi,
    part: str | None,
    window: Window,
    at: datetime,
    payer: str | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[ListedTransaction]:
    """Return exactly the transactions that a part of a measure counts, newest first; None is all of them."""
    params = _common(scope, window, at, payer) | {
        "parts": None if part is None else list(kpi.classes(part)),
        "before_at": after.first_at if after else None,
        "before_id": after.id if after else None,
        "limit": limit,
    }
    return fetch_all(ListedTransaction, LISTED[kpi.key], params)
