"""Under which tokens and ids was something known before the id key was replaced?"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Served by the index earlier_name_new; empty where the id key was never replaced.
EARLIER = "SELECT old FROM earlier_name WHERE new = ANY(%(names)s::uuid[]) LIMIT %(limit)s"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A name of earlier."""

    old: UUID


def earlier(*, scope: Scope, names: Iterable[UUID], limit: int = 10_000) -> set[UUID]:
    """Return what these tokens and ids were under every id key of earlier. They say nothing by themselves."""
    found: set[UUID] = set()
    wanted = set(names) if scope.facility_ids or scope.everything else set()
    while wanted:
        rows = fetch_all(Earlier, EARLIER, {"names": sorted(wanted), "limit": limit})
        wanted = {row.old for row in rows} - found
        found |= wanted
    return found
