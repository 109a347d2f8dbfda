"""The one predicate that holds every reading query over transactions to a scope.

A facility alone is served by indexes that begin with it. Domains and sensitive departments are looked at
in the row; for whoever holds every domain and meets no sensitive department both are left out when planned.
"""

from typing import Protocol

from observability.accounts.roles import Domain
from observability.accounts.scopes import Scope
from tracing.declarations import domains

# Of a transaction `t` at a facility that is in scope.
DOMAINS = "(%(pairs)s::text[] IS NULL OR t.facility_id || ':' || t.workflow = ANY(%(pairs)s::text[]))"
DEPARTMENTS = """(%(hidden)s::text[] IS NULL OR t.department IS NULL
        OR t.facility_id || ':' || t.workflow || ':' || t.department <> ALL(%(hidden)s::text[]))"""
ROWS = f"({DOMAINS} AND {DEPARTMENTS})"
WITHIN = f"(%(everything)s OR (t.facility_id = ANY(%(facility_ids)s) AND {ROWS}))"


class Placed(Protocol):
    """A transaction, as far as a scope asks."""

    @property
    def workflow(self) -> str:
        """The name of its workflow."""

    @property
    def facility_id(self) -> int:
        """Where it belongs."""


def bounds(scope: Scope) -> dict[str, object]:
    """Return a scope as the parameters of WITHIN, ROWS and DOMAINS."""
    return {
        "everything": scope.everything,
        "facility_ids": list(scope.facility_ids),
        "pairs": _pairs(scope),
        "hidden": _hidden(scope),
    }


def may_read(scope: Scope, of: Placed) -> bool:
    """Say whether a transaction that was read may be read further in this scope."""
    domain = domains().get(of.workflow)
    return scope.sees(of.facility_id, domain)


def _pairs(scope: Scope) -> list[str] | None:
    reach = scope.reach
    if scope.everything or all(len(reach[id]) == len(Domain) for id in scope.facility_ids):
        return None
    return [
        f"{id}:{workflow}"
        for id in scope.facility_ids
        for workflow, domain in domains().items()
        if domain in reach[id]
    ]


def _hidden(scope: Scope) -> list[str] | None:
    hidden = [
        f"{id}:{workflow}:{department}"
        for id in scope.facility_ids
        for department in sorted(scope.protected.get(id, ()))
        for workflow, domain in domains().items()
        if scope.protects(id, domain, department)
    ]
    return None if scope.everything or not hidden else hidden
