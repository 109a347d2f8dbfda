"""Which acts are on record, as far as an auditor may read?

A row that names facilities is read by who audits one of them, in every domain; one that names none concerns
the installation and is read by who audits every facility.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from observability.accounts.roles import Domain, Permission
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

# Rows are numbered as they came, so pages go along the primary key.
WHERE = """
       (%(all)s OR r.facility_ids && %(facility_ids)s::bigint[])
   AND (%(user_id)s::bigint IS NULL OR r.user_id = %(user_id)s::bigint)
   AND (%(act)s::text IS NULL OR r.act = %(act)s)
   AND (%(object_type)s::text IS NULL OR (r.object_type = %(object_type)s AND r.object_id = %(object_id)s)
        OR r.mentions && %(object_mentions)s::uuid[])
   AND (%(since)s::timestamptz IS NULL OR r.at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR r.at < %(until)s)
   AND (%(newest)s::bigint IS NULL OR r.seq <= %(newest)s::bigint)
"""
COLUMNS = """r.seq, r.at, r.user_id, r.actor, r.actor_type, r.role, r.source_ip, r.session_hash, r.act,
       r.object_type, r.object_id, r.outcome, r.reason, r.changes, cardinality(r.mentions) AS mentions,
       r.facility_ids, r.request_id, r.trace_id, r.kid, r.prev_hash, r.hash,
       concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')) AS name"""
OLDER = f"""
SELECT {COLUMNS}
  FROM audit_row r LEFT JOIN "user" u ON u.id = r.user_id
 WHERE {WHERE} AND (%(edge)s::bigint IS NULL OR r.seq < %(edge)s::bigint)
 ORDER BY r.seq DESC
 LIMIT %(limit)s
"""  # noqa: S608 - our own constants
NEWER = f"""
SELECT {COLUMNS}
  FROM audit_row r LEFT JOIN "user" u ON u.id = r.user_id
 WHERE {WHERE} AND r.seq > %(edge)s::bigint
 ORDER BY r.seq
 LIMIT %(limit)s
"""  # noqa: S608 - our own constants
COUNTED = f"""
SELECT count(*)::int AS n, coalesce(max(seq), 0)::bigint AS newest
  FROM (SELECT r.seq FROM audit_row r WHERE {WHERE} ORDER BY r.seq DESC LIMIT %(limit)s) found
"""  # noqa: S608 - our own constants
ONE = f"""
SELECT {COLUMNS}
  FROM audit_row r LEFT JOIN "user" u ON u.id = r.user_id
 WHERE r.seq = %(seq)s AND {WHERE}
 LIMIT %(limit)s
"""  # noqa: S608 - our own constants
# A pasted text can be thousands of tokens, most of which nobody mentions. Of all together the planner would
# guess that they hit nearly every row, and read them all; of parts that it does not know, it takes the index.
HITS = """
WITH hit AS MATERIALIZED (
    SELECT m.seq
      FROM (SELECT array_agg(token) AS tokens
              FROM unnest(%(tokens)s::uuid[]) WITH ORDINALITY AS u (token, n)
             GROUP BY n / 200) part
      JOIN audit_row m ON m.mentions && part.tokens
     UNION
    SELECT o.seq FROM audit_row o
     WHERE o.object_type = 'transaction' AND o.object_id = ANY(%(transactions)s::text[])
)
"""
OBJECTS = """
WITH hit AS MATERIALIZED (
    SELECT o.seq FROM audit_row o WHERE o.object_type = %(object_type)s AND o.object_id = %(object_id)s
     UNION
    SELECT m.seq FROM audit_row m WHERE m.mentions && %(object_mentions)s::uuid[]
)
"""
BY_ROW = "FROM audit_row r"
# Each hit is fetched by its number: joined freely, the whole chain would be walked to meet an old one.
BY_HIT = "FROM hit CROSS JOIN LATERAL (SELECT * FROM audit_row a WHERE a.seq = hit.seq OFFSET 0) r"


@dataclass(frozen=True, slots=True)
class Asked:
    """What narrows the audit. `tokens`: what a pasted identifier could be; `transactions` those it names."""

    user_id: int | None = None
    act: str | None = None
    object_type: str | None = None
    object_id: str = ""
    tokens: tuple[UUID, ...] | None = None
    transactions: tuple[UUID, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditSeen:
    """One act. Where it concerns facilities beyond the scope, `changes` and `mentions` are left out."""

    seq: int
    at: datetime
    user_id: int | None
    actor: str
    actor_type: str
    role: str
    source_ip: str
    session_hash: str
    act: str
    object_type: str
    object_id: str
    outcome: str
    reason: str
    changes: Any
    mentions: int | None
    facility_ids: list[int]
    request_id: str
    trace_id: str
    kid: str
    prev_hash: str
    hash: str
    name: str


@dataclass(frozen=True, slots=True)
class Many:
    """How many rows there are, at most as many as were counted, and the newest of them."""

    n: int
    newest: int


def reads_everything(*, scope: Scope) -> bool:
    """Say whether somebody audits every facility, and with it the installation."""
    return scope.everything or Permission.SEE_AUDIT in scope.everywhere


def rows_in(
    *,
    scope: Scope,
    asked: Asked,
    edge: int | None = None,
    newer: bool = False,
    newest: int | None = None,
    limit: int = 50,
) -> list[AuditSeen]:
    """Return acts, newest first: before the row `edge`, or with `newer` those right after it."""
    params = _params(scope, asked, newest) | {"edge": edge, "limit": limit}
    found = fetch_all(AuditSeen, _sql(NEWER if newer else OLDER, asked), params)
    return [_within(scope, row) for row in (reversed(found) if newer else found)]


def row_numbered(*, scope: Scope, seq: int) -> AuditSeen | None:
    """Return one row; one outside of the scope is as absent as one that never was."""
    found = fetch_all(AuditSeen, ONE, _params(scope, Asked(), None) | {"seq": seq, "limit": 1})
    return _within(scope, found[0]) if found else None


def counted(*, scope: Scope, asked: Asked, most: int) -> Many:
    """Count what was asked for, up to one more than `most`."""
    return fetch_all(Many, _sql(COUNTED, asked), _params(scope, asked, None) | {"limit": most + 1})[0]


def _sql(rows: str, asked: Asked) -> str:
    """Return a query over all rows, or over those that a pasted text or an object hits."""
    if asked.tokens is None and asked.object_type is None:
        return rows
    return (OBJECTS if asked.tokens is None else HITS) + rows.replace(BY_ROW, BY_HIT)


def _params(scope: Scope, asked: Asked, newest: int | None) -> dict[str, object]:
    return {
        "all": reads_everything(scope=scope),
        "facility_ids": _audited(scope),
        "user_id": asked.user_id,
        "act": asked.act,
        "object_type": asked.object_type,
        "object_id": asked.object_id,
        "object_mentions": _ids(asked.object_id),
        "tokens": None if asked.tokens is None else list(asked.tokens),
        "transactions": [str(id) for id in asked.transactions],
        "since": asked.since,
        "until": asked.until,
        "newest": newest,
    }


def _audited(scope: Scope) -> list[int]:
    """Return the facilities audited in every domain: a row does not say which domain it is about."""
    return [id for id in scope.facility_ids if len(scope.reach[id]) == len(Domain)]


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _within(scope: Scope, row: AuditSeen) -> AuditSeen:
    """Return a row with what may be read of it; Django leaves reading jsonb to its model fields."""
    if reads_everything(scope=scope) or set(row.facility_ids) <= set(_audited(scope)):
        return replace(row, changes=json.loads(row.changes) if isinstance(row.changes, str) else row.changes)
    return replace(row, changes=None, mentions=None)
