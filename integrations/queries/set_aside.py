"""What was set aside for a person to look at: which connector's, and why?"""

from dataclasses import dataclass

from integrations.queries.connectors import VISIBLE
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

SET_ASIDE = f"""
    SELECT c.name, coalesce(nullif(c.title, ''), c.name) AS title, p.code, count(*) AS requests
      FROM inbox_parked p JOIN connector c ON c.id = p.connector_id
     WHERE {VISIBLE}
     GROUP BY c.name, c.title, p.code
     ORDER BY max(p.parked_at) DESC, c.name, p.code
     LIMIT %(limit)s
"""  # noqa: S608 - our own constant


@dataclass(frozen=True, slots=True)
class SetAside:
    """How many requests of a connector were set aside under one code."""

    name: str
    title: str
    code: str
    requests: int


def set_aside(*, scope: Scope, limit: int = 5) -> list[SetAside]:
    """Return what is set aside of the connectors of the scope, the newest first."""
    return fetch_all(
        SetAside,
        SET_ASIDE,
        {"everything": scope.everything, "facility_ids": list(scope.facility_ids), "limit": limit},
    )
