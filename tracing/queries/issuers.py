"""Who numbers identifiers in the facilities that somebody may see?"""

from dataclasses import dataclass

from integrations.catalogue.key_kinds import kinds
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

ISSUERS = """
    SELECT kind, issuer
      FROM key_issuer
     WHERE %(everything)s OR facility_id = ANY(%(facility_ids)s)
     GROUP BY kind, issuer
     ORDER BY kind, issuer
     LIMIT %(limit)s
"""
FACILITY_CODES = """
    SELECT code FROM facility WHERE %(everything)s OR id = ANY(%(facility_ids)s) ORDER BY code LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority, as tokens name it, and the kind of identifier that it numbers."""

    kind: str
    issuer: str


@dataclass(frozen=True, slots=True)
class _Code:
    code: str


def issuers_in(*, scope: Scope, limit: int = 20_000) -> list[Issuer]:
    """Return every issuer seen in the scope, and for each kind the one of senders who name none."""
    params = {"everything": scope.everything, "facility_ids": list(scope.facility_ids), "limit": limit}
    seen = fetch_all(Issuer, ISSUERS, params)
    codes = [row.code for row in fetch_all(_Code, FACILITY_CODES, params)]
    unnamed = [
        Issuer(kind=kind.name, issuer=kind.effective_issuer(None, code))
        for kind in kinds().values()
        for code in (codes if kind.within_facility else [""])
    ]
    return list(dict.fromkeys([*seen, *unnamed]))
