"""On which days of a window can a measure not be counted again, because transactions of them were purged?"""

from dataclasses import dataclass

from kpis.queries.window import Window, whose
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_one

FROZEN_DAYS = """
SELECT count(DISTINCT day)::int AS days FROM purged_day
 WHERE workflow = %(workflow)s AND day >= %(start)s AND day < %(stop)s
   AND (%(everything)s OR facility_id = ANY(%(facilities)s::int[]))
"""


@dataclass(frozen=True, slots=True)
class FrozenDays:
    """How many days."""

    days: int


def frozen_days(*, scope: Scope, workflow: str, window: Window) -> int:
    """Return how many days of the window lost a transaction at a facility of the scope."""
    params = {**whose(scope), **window.params(), "workflow": workflow}
    found = fetch_one(FrozenDays, FROZEN_DAYS, params)
    return found.days if found else 0
