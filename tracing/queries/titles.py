"""What is each transaction called? By the end of the identifier that people know it by."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.within import Placed, may_read

# Both tables are distributed by token; served by the index transaction_key_of and identifier's primary key.
TITLES = """
    SELECT k.transaction_id, k.kind, i.last
      FROM transaction_key k
      JOIN identifier i USING (token)
     WHERE k.transaction_id = ANY(%(ids)s::uuid[]) AND k.kind = ANY(%(kinds)s)
     ORDER BY k.transaction_id, k.former, k.direct DESC, k.token
     LIMIT %(limit)s
"""


class Titled(Placed, Protocol):
    """A transaction of some list."""

    @property
    def id(self) -> UUID:
        """Which one."""


@dataclass(frozen=True, slots=True)
class KnownBy:
    """The end of one identifier of a transaction."""

    transaction_id: UUID
    kind: str
    last: str


def known_by(
    *, scope: Scope, rows: Iterable[Titled], kinds: Iterable[str], limit: int = 2_000
) -> dict[UUID, dict[str, str]]:
    """Return for each transaction of a list the end of its first identifier of each kind."""
    wanted = [row.id for row in rows if may_read(scope, row)]
    found: dict[UUID, dict[str, str]] = {}
    if not wanted:
        return found
    for row in fetch_all(KnownBy, TITLES, {"ids": wanted, "kinds": list(kinds), "limit": limit}):
        found.setdefault(row.transaction_id, {}).setdefault(row.kind, row.last)
    return found
