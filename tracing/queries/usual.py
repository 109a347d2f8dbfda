"""By which interface does a step usually come?"""

from dataclasses import dataclass
from datetime import timedelta

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_one
from tracing.queries.transaction import One
from tracing.queries.within import ROWS, bounds, may_read

READ = 1_000  # rows of the list that are looked at, of any workflow
PEERS = 100
REACH = timedelta(days=60)
# Those that began before it had their time to pass the step. The index transaction_listed is read in
# its order.
USUAL = f"""
    SELECT s.interface AS name
      FROM (SELECT n.id FROM (SELECT t.id, t.workflow
                                FROM transaction t
                               WHERE t.facility_id = %(facility_id)s AND {ROWS}
                                 AND t.first_at < %(before)s AND t.first_at >= %(since)s
                               ORDER BY t.first_at DESC, t.id DESC LIMIT {READ}) n
             WHERE n.workflow = %(workflow)s LIMIT {PEERS}) peer
      JOIN step s ON s.transaction_id = peer.id AND s.step = %(step)s
     WHERE s.status = 'completed' AND s.interface IS NOT NULL
     GROUP BY s.interface
     ORDER BY count(*) DESC, s.interface LIMIT 1
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class _Usual:
    name: str


def usual_interface(*, scope: Scope, of: One, step: str) -> str | None:
    """Return the interface by which most of those passed the step that began before it where it is.

    The last 100 of the same workflow and facility are asked; None where none of them says.
    """
    if not may_read(scope, of):
        return None
    params = {
        **bounds(scope),
        "facility_id": of.facility_id,
        "workflow": of.workflow,
        "step": step,
        "before": of.first_at,
        "since": of.first_at - REACH,
    }
    found = fetch_one(_Usual, USUAL, params)
    return found.name if found else None
