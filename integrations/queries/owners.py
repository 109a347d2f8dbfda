"""Who answers for an interface, and what to do when it fails?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

OWNERS = """
    SELECT i.code, coalesce(nullif(i.owner, ''), o.username, '') AS owner, i.owner_contact,
           coalesce(nullif(i.backup, ''), b.username, '') AS backup, i.backup_contact,
           i.runbook, i.runbook_date, i.failure_impact
      FROM register_interface i
      LEFT JOIN "user" o ON o.id = i.owner_user_id
      LEFT JOIN "user" b ON b.id = i.backup_user_id
     WHERE i.code = ANY(%(codes)s)
       AND (%(everything)s OR i.facility_ids = '{}' OR i.facility_ids && %(facility_ids)s::int[])
     ORDER BY i.code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Answering:
    """Who answers for one interface, as the register says; empty where it says nothing."""

    code: str
    owner: str
    owner_contact: str
    backup: str
    backup_contact: str
    runbook: str
    runbook_date: date | None
    failure_impact: str


def owners_of(*, scope: Scope, codes: Collection[str], limit: int = 100) -> dict[str, Answering]:
    """Return by code what the register says of these interfaces, as far as the scope sees them."""
    if not codes:
        return {}
    params = {
        "codes": sorted(codes),
        "everything": scope.everything,
        "facility_ids": list(scope.facility_ids),
        "limit": limit,
    }
    return {each.code: each for each in fetch_all(Answering, OWNERS, params)}
