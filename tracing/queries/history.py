"""Which numbers of a transaction were merged or moved, when and by whom, and where a transaction went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from integrations.ingest.records import micros
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all
from tracing.queries.transaction import One, one
from tracing.queries.within import may_read
from tracing.rules.aliases import Alias, Names

# Small tables, on the coordinator; served by the indexes key_alias_old and key_alias_new. What a whole
# transaction is renamed to follows from its key's renaming, so only that is told.
RENAMED = """
    SELECT a.event_id, a.type, a.kind, a.old, a.new, a.within, a.occurred_at, a.sequence,
           coalesce(nullif(c.title, ''), c.name, '') AS said_by,
           (SELECT min(u.received_at) FROM key_alias_undone u WHERE u.undoes = a.event_id) AS undone_at
      FROM key_alias a
      LEFT JOIN connector c ON c.id = a.connector_id
     WHERE a.workflow IS NULL AND a.facility_id = %(facility)s
       AND (a.old = ANY(%(tokens)s::uuid[]) OR a.new = ANY(%(tokens)s::uuid[]))
     ORDER BY a.occurred_at, a.event_id, a.old
     LIMIT %(limit)s
"""
# Distributed by token, as the list of tokens is.
MASKS = "SELECT token, kind, last FROM identifier WHERE token = ANY(%(tokens)s::uuid[]) LIMIT %(limit)s"
WENT = """
    SELECT a.event_id, a.old, a.new, a.occurred_at, a.sequence
      FROM key_alias a
     WHERE a.workflow IS NOT NULL AND a.within IS NULL AND a.old = %(id)s
       AND NOT EXISTS (SELECT 1 FROM key_alias_undone u WHERE u.undoes = a.event_id)
     LIMIT %(limit)s
"""
LONGEST_WAY = 20  # merges one after the other


@dataclass(frozen=True, slots=True)
class Renamed:
    """One number that has another, as one event said."""

    event_id: UUID
    type: str
    kind: str
    old: UUID
    new: UUID
    within: UUID | None
    occurred_at: datetime
    sequence: int
    said_by: str  # empty: a person, by hand
    undone_at: datetime | None

    @property
    def alias(self) -> Alias:
        """It as the rules read it."""
        within = self.within.bytes if self.within else None
        at = micros(self.occurred_at)
        return Alias(self.event_id.bytes, self.old.bytes, self.new.bytes, within, at, self.sequence)


@dataclass(frozen=True, slots=True)
class Mask:
    """What may be shown of an identifier."""

    token: UUID
    kind: str
    last: str


@dataclass(frozen=True, slots=True)
class Went:
    """Where a transaction is said to have gone."""

    event_id: UUID
    old: UUID
    new: UUID
    occurred_at: datetime
    sequence: int


def renamed_of(*, scope: Scope, of: One, tokens: Iterable[UUID], limit: int = 100) -> list[Renamed]:
    """Return what was said of the numbers that a transaction is known by, oldest first."""
    wanted = sorted(tokens)
    if not wanted or not may_read(scope, of):
        return []
    return fetch_all(Renamed, RENAMED, {"tokens": wanted, "facility": of.facility_id, "limit": limit})


def masks_of(*, scope: Scope, of: One, tokens: Iterable[UUID], limit: int = 300) -> dict[UUID, Mask]:
    """Return what may be shown of identifiers that the history of a transaction names."""
    wanted = sorted(tokens)
    if not wanted or not may_read(scope, of):
        return {}
    return {row.token: row for row in fetch_all(Mask, MASKS, {"tokens": wanted, "limit": limit})}


def survivor(*, scope: Scope, id: UUID, at: datetime) -> One | None:
    """Return the transaction in scope that the one of this id was merged into, None where there is none."""
    known: dict[UUID, list[Went]] = {}
    name = id
    while name not in known and len(known) < LONGEST_WAY:
        known[name] = fetch_all(Went, WENT, {"id": name, "limit": 100})
        if known[name]:
            name = max(known[name], key=lambda went: (went.occurred_at, went.sequence, went.event_id)).new
    names = Names(
        Alias(w.event_id.bytes, w.old.bytes, w.new.bytes, None, micros(w.occurred_at), w.sequence)
        for went in known.values()
        for w in went
    )
    now = UUID(bytes=names.now(id.bytes))
    return None if now == id else one(scope=scope, id=now, at=at)
