"""Which transactions match some filters, newest first?"""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one
from tracing.queries.states import LATE, STATE
from tracing.queries.within import ROWS, bounds

COUNTED = 1_000  # beyond this a count only says "more than"
COUNT_TIMEOUT_MS = 800  # a count is a courtesy: the page does not wait for it

# One branch per facility, so that each reads the index transaction_listed in its order and stops at the
# limit; a single `= ANY` would sort everything in the window first.
FACILITY = "(%(facility_{n})s::int IS NULL OR t.facility_id = %(facility_{n})s)"
MATCHES = f"""
       t.first_at IS NOT NULL
   AND (%(ids)s::uuid[] IS NULL OR t.id = ANY(%(ids)s::uuid[]))
   AND (%(workflow)s::text IS NULL OR t.workflow = %(workflow)s)
   AND (%(outcome)s::text IS NULL OR t.outcome = %(outcome)s)
   AND (%(phase)s::text IS NULL OR t.phase = %(phase)s)
   AND (%(state)s::text IS NULL OR {STATE} = %(state)s)
   AND (NOT %(late)s OR {LATE})
   AND (%(least)s::numeric IS NULL OR t.amount >= %(least)s)
   AND (%(most)s::numeric IS NULL OR t.amount <= %(most)s)
   AND {ROWS}
   AND (%(connector_id)s::bigint IS NULL OR EXISTS (
           SELECT 1 FROM fact f WHERE f.transaction_id = t.id AND f.connector_id = %(connector_id)s))
"""  # noqa: S608 - our own constants
INSIDE = """
   AND (%(since)s::timestamptz IS NULL OR t.first_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR t.first_at < %(until)s)
"""
OUTSIDE = "AND (t.first_at < %(since)s::timestamptz OR t.first_at >= %(until)s::timestamptz)"
COLUMNS = f"""
    SELECT t.id, t.workflow, t.workflow_version, t.facility_id, t.phase, t.outcome, t.current_step,
           t.failed_step, t.reason, t.payer, t.amount, t.first_at, t.last_at, d.step AS due_step, d.due_at,
           d.not_before, {STATE} AS state
"""
FROM = "FROM transaction t LEFT JOIN deadline d ON d.transaction_id = t.id"
OLDER = (
    "(%(edge_at)s::timestamptz IS NULL OR (t.first_at, t.id) < (%(edge_at)s::timestamptz, %(edge_id)s::uuid))"
)
NEWER = "(t.first_at, t.id) > (%(edge_at)s::timestamptz, %(edge_id)s::uuid)"
LISTED = f"({COLUMNS} {FROM} WHERE {FACILITY} AND {{edge}} AND {MATCHES} {INSIDE} {{order}} LIMIT %(limit)s)"
COUNTED_ONE = f"(SELECT t.id, t.amount {FROM} WHERE {FACILITY} AND {MATCHES} {{window}} LIMIT %(limit)s)"


@dataclass(frozen=True, slots=True)
class Filters:
    """What is asked for; None does not narrow. `until` is exclusive. `ids`: only these."""

    workflow: str | None = None
    state: str | None = None
    phase: str | None = None
    outcome: str | None = None
    connector_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    late: bool = False
    ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """The row that a page begins after; `newer`: the page before it instead."""

    first_at: datetime
    id: UUID
    newer: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One transaction in a list."""

    id: UUID
    workflow: str
    workflow_version: int
    facility_id: int
    phase: str
    outcome: str | None
    current_step: str | None
    failed_step: str | None
    reason: str | None
    payer: str | None
    amount: Decimal | None
    first_at: datetime
    last_at: datetime
    due_step: str | None
    due_at: datetime | None
    not_before: datetime | None
    state: str


@dataclass(frozen=True, slots=True)
class Count:
    """How many match, up to one more than COUNTED, and what they are worth."""

    n: int
    amount: Decimal | None

    @property
    def is_exact(self) -> bool:
        """Whether all of them were counted."""
        return self.n <= COUNTED


@cache
def _listed_sql(facilities: int, *, newer: bool) -> str:
    """Return the statement that lists the newest rows of so many facilities."""
    edge, way = (NEWER, "ASC") if newer else (OLDER, "DESC")
    branches = (
        LISTED.format(n=n, edge=edge, order=f"ORDER BY t.first_at {way}, t.id {way}")
        for n in range(facilities)
    )
    union = " UNION ALL ".join(branches)
    return f"SELECT * FROM ({union}) each ORDER BY first_at {way}, id {way} LIMIT %(limit)s"  # noqa: S608


@cache
def _counted_sql(facilities: int, *, outside: bool) -> str:
    """Return the statement that counts the rows of so many facilities, no further than the limit."""
    window = OUTSIDE if outside else INSIDE
    union = " UNION ALL ".join(COUNTED_ONE.format(n=n, window=window) for n in range(facilities))
    some = f"SELECT * FROM ({union}) every LIMIT %(limit)s"  # noqa: S608
    return f"SELECT count(*)::int AS n, sum(amount) AS amount FROM ({some}) each"  # noqa: S608


def _params(scope: Scope, filters: Filters, at: datetime, limit: int) -> tuple[int, dict[str, object]]:
    places: list[int | None] = [None] if scope.everything else list(scope.facility_ids)
    named = {f"facility_{n}": place for n, place in enumerate(places)}
    ids = None if filters.ids is None else list(filters.ids)
    return len(places), {**asdict(filters), **bounds(scope), **named, "ids": ids, "at": at, "limit": limit}


def listed(
    *, scope: Scope, filters: Filters, at: datetime, edge: Edge | None = None, limit: int = 50
) -> list[Listed]:
    """Return one page, always newest first. Raises django.db.OperationalError where it takes too long."""
    places, params = _params(scope, filters, at, limit)
    if not places:
        return []
    newer = edge is not None and edge.newer
    params |= {"edge_at": edge.first_at if edge else None, "edge_id": edge.id if edge else None}
    rows = fetch_all(Listed, _listed_sql(places, newer=newer), params)
    return rows[::-1] if newer else rows


def counted(*, scope: Scope, filters: Filters, at: datetime, outside: bool = False) -> Count:
    """Count what matches inside the window of `filters`, or outside it.

    Raises django.db.OperationalError where that takes too long.
    """
    places, params = _params(scope, filters, at, COUNTED + 1)
    if not places:
        return Count(n=0, amount=None)
    found = fetch_one(Count, _counted_sql(places, outside=outside), params, timeout_ms=COUNT_TIMEOUT_MS)
    return found or Count(n=0, amount=None)
