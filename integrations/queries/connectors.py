"""Which connectors are there, and how do they do?"""

from dataclasses import dataclass
from datetime import date, datetime

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one

# Somebody sees a connector that may post for one of their facilities.
VISIBLE = """
    (%(everything)s OR c.facility_id = ANY(%(facility_ids)s)
     OR EXISTS (SELECT 1 FROM connector_facilities g
                 WHERE g.connector_id = c.id AND g.facility_id = ANY(%(facility_ids)s)))
"""
# `ids` come from a list that had a scope; here they are held to it again.
OURS = f"""
    connector_id = ANY(%(ids)s) AND connector_id IN (SELECT c.id FROM connector c WHERE {VISIBLE})
"""  # noqa: S608 - our own constants
SENDERS = f"""
    SELECT c.id, c.name, c.title FROM connector c WHERE {VISIBLE} ORDER BY c.name LIMIT %(limit)s
"""  # noqa: S608 - our own constant
CONNECTORS = f"""
    SELECT c.id, c.name, c.title, c.signals, c.events_per_second, c.created_at, c.retired_at,
           CASE WHEN %(everything)s OR p.id = ANY(%(facility_ids)s) THEN p.name
                ELSE 'another facility' END AS facility, p.zone,
           ARRAY(SELECT q.name FROM connector_facilities g JOIN facility q ON q.id = g.facility_id
                  WHERE g.connector_id = c.id AND (%(everything)s OR q.id = ANY(%(facility_ids)s))
                  ORDER BY q.name LIMIT 100) AS granted
      FROM connector c JOIN facility p ON p.id = c.facility_id
     WHERE {VISIBLE} AND (%(name)s::text IS NULL OR c.name = %(name)s)
     ORDER BY c.retired_at IS NOT NULL, c.name
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
# What a follow-up has added up, and what drains have appended since.
COUNTS = f"""
    SELECT connector_id, kind, code, sum(n)::bigint AS n, max(last_at) AS last_at
      FROM (SELECT connector_id, kind, code, n, last_at
              FROM connector_count
             WHERE {OURS} AND day >= %(since)s
             UNION ALL
            SELECT connector_id, kind, code, n, at
              FROM connector_activity
             WHERE {OURS}) each
     GROUP BY connector_id, kind, code
     ORDER BY connector_id, kind, n DESC, code
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
HEARTBEATS = f"""
    SELECT connector_id, max(received_at) AS received_at, max(expects_per_hour) AS expects_per_hour
      FROM heartbeat
     WHERE {OURS}
     GROUP BY connector_id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
PARKED = f"""
    SELECT connector_id, received_at, parked_at, code, items
      FROM inbox_parked
     WHERE {OURS}
     ORDER BY parked_at DESC, id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
DAYS = f"""
    SELECT day, sum(n)::bigint AS n
      FROM (SELECT day, n FROM connector_count
             WHERE {OURS} AND day >= %(since)s AND kind = 'accepted'
             UNION ALL
            SELECT (at AT TIME ZONE 'UTC')::date AS day, n
              FROM connector_activity WHERE {OURS} AND kind = 'accepted') each
     GROUP BY day
     ORDER BY day
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
CREDENTIALS = f"""
    SELECT prefix, created_at, revoked_at, quarantined_at,
           (SELECT max(b.refilled_at) FROM rate_bucket b WHERE b.credential_id = k.id) AS last_used_at
      FROM credential k
     WHERE {OURS}
     ORDER BY revoked_at IS NOT NULL, created_at DESC, id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Sender:
    """A connector by name."""

    id: int
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class ConnectorSeen:
    """One connector and what it may do; of the scope's facilities alone."""

    id: int
    name: str
    title: str
    signals: list[str]
    events_per_second: int
    created_at: datetime
    retired_at: datetime | None
    facility: str
    zone: str
    granted: list[str]


@dataclass(frozen=True, slots=True)
class ActivityCount:
    """How often a connector did one thing."""

    connector_id: int
    kind: str
    code: str
    n: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """Its last sign of life."""

    connector_id: int
    received_at: datetime
    expects_per_hour: float | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A request that was set aside."""

    connector_id: int
    received_at: datetime
    parked_at: datetime
    code: str
    items: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """Items accepted on one UTC day."""

    day: date
    n: int


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One key of a connector; only its prefix is known."""

    prefix: str
    created_at: datetime
    revoked_at: datetime | None
    quarantined_at: datetime | None
    last_used_at: datetime | None


def _scoped(scope: Scope, limit: int) -> dict[str, object]:
    return {"everything": scope.everything, "facility_ids": list(scope.facility_ids), "limit": limit}


def senders_in(*, scope: Scope, limit: int = 500) -> list[Sender]:
    """Return the connectors of the scope by name."""
    return fetch_all(Sender, SENDERS, _scoped(scope, limit))


def connectors_in(*, scope: Scope, limit: int = 500) -> list[ConnectorSeen]:
    """Return the connectors of the scope, retired ones last."""
    return fetch_all(ConnectorSeen, CONNECTORS, {**_scoped(scope, limit), "name": None})


def connector_named(*, scope: Scope, name: str) -> ConnectorSeen | None:
    """Return one connector, or None where the scope has none of this name."""
    return fetch_one(ConnectorSeen, CONNECTORS, {**_scoped(scope, 1), "name": name})


def counts_of(*, scope: Scope, ids: list[int], since: date, limit: int = 20_000) -> list[ActivityCount]:
    """Return what connectors did since a UTC day, by kind and code."""
    return fetch_all(ActivityCount, COUNTS, {**_scoped(scope, limit), "ids": ids, "since": since})


def beats_of(*, scope: Scope, ids: list[int], limit: int = 500) -> dict[int, Beat]:
    """Return the last heartbeat of connectors."""
    return {
        beat.connector_id: beat for beat in fetch_all(Beat, HEARTBEATS, {**_scoped(scope, limit), "ids": ids})
    }


def parked_of(*, scope: Scope, ids: list[int], limit: int = 50) -> list[Parked]:
    """Return the newest parked requests of connectors."""
    return fetch_all(Parked, PARKED, {**_scoped(scope, limit), "ids": ids})


def days_of(*, scope: Scope, id: int, since: date, limit: int = 100) -> list[DayCount]:
    """Return the items accepted from one connector by UTC day."""
    return fetch_all(DayCount, DAYS, {**_scoped(scope, limit), "ids": [id], "since": since})


def keys_of(*, scope: Scope, id: int, limit: int = 50) -> list[KeySeen]:
    """Return the keys of one connector, live ones first."""
    return fetch_all(KeySeen, CREDENTIALS, {**_scoped(scope, limit), "ids": [id]})
