"""The temporary tables that one pass of the drain stages its rows in.

`fresh` marks rows of a transaction that the pass has made: nothing is there that they could meet.
"""

import psycopg

from observability.core.copying import Stage, Staging, Table

EVENT = Stage(
    "stage_event",
    {
        "event_id": "uuid",
        "content_hash": "bytea",
        "ended_at": "timestamptz",
        "received_at": "timestamptz",
        "connector_id": "int8",
        "credential_id": "int8",
        "format": "int2",
        "body": "bytea",
        "wording_id": "int8",
    },
)
SPAN = Stage(
    "stage_span",
    {
        "started_at": "timestamptz",
        "trace_id": "uuid",
        "event_id": "uuid",
        "ended_at": "timestamptz",
        "span_id": "bytea",
        "parent_id": "bytea",
        "kind": "int2",
        "name": "text",
        "service": "text",
        "status": "int2",
        "message": "text",
        "attributes": "jsonb",
        "flags": "text[]",
        "received_at": "timestamptz",
        "connector_id": "int8",
        "credential_id": "int8",
        "content_hash": "bytea",
    },
)
GAUGE = Stage(
    "stage_gauge",
    {
        "at": "timestamptz",
        "name": "text",
        "series": "text",
        "connector_id": "int8",
        "facility_id": "int4",
        "value": "float8",
        "attributes": "jsonb",
    },
)
ORPHAN = Stage(
    "stage_orphan",
    {
        "event_id": "uuid",
        "workflow": "text",
        "mode": "text",
        "tokens": "uuid[]",
        "default_id": "uuid",
        "connector_id": "int8",
        "facility_id": "int4",
        "received_at": "timestamptz",
        "bound": "uuid[]",
        "ambiguous": "bool",
        "looked_at": "timestamptz",
        "sole": "bool",
        "stranded": "bool",
        "wording_id": "int8",
    },
)
ORPHAN_TOKEN = Stage("stage_orphan_token", {"token": "uuid", "event_id": "uuid", "workflow": "text"})
UNFACT = Stage("stage_unfact", {"transaction_id": "uuid", "event_id": "uuid"})
FACT = Stage(
    "stage_fact",
    {
        "transaction_id": "uuid",
        "event_id": "uuid",
        "workflow": "text",
        "type": "text",
        "step": "text",
        "effect": "text",
        "sequence": "int4",
        "occurred_at": "timestamptz",
        "observed_at": "timestamptz",
        "received_at": "timestamptz",
        "facility_id": "int4",
        "department": "text",
        "payer": "text",
        "interface": "text",
        "connector_id": "int8",
        "outcome": "text",
        "basis": "text",
        "amount": "numeric",
        "quantity": "numeric",
        "reason": "text",
        "attributes": "jsonb",
        "flags": "text[]",
        "trace_id": "uuid",
        "part_opens": "uuid[]",
        "part_refers": "uuid[]",
        "direct": "bool",
        "superseded": "bool",
        "wording_id": "int8",
    },
)
LINE = Stage(
    "stage_line",
    {
        "transaction_id": "uuid",
        "event_id": "uuid",
        "n": "int4",
        "line": "text",
        "group_code": "text",
        "code": "text",
        "category": "text",
        "basis": "text",
        "amount": "numeric",
        "quantity": "numeric",
    },
)
KEY = Stage(
    "stage_key",
    {
        "token": "uuid",
        "transaction_id": "uuid",
        "workflow": "text",
        "kind": "text",
        "linking": "bool",
        "direct": "bool",
        "former": "bool",
        "fresh": "bool",
    },
)
ALIAS = Stage(
    "stage_alias",
    {
        "event_id": "uuid",
        "old": "uuid",
        "new": "uuid",
        "within": "uuid",
        "kind": "text",
        "workflow": "text",
        "facility_id": "int4",
        "type": "text",
        "occurred_at": "timestamptz",
        "sequence": "int4",
        "received_at": "timestamptz",
        "connector_id": "int8",
    },
)
UNDONE = Stage(
    "stage_undone",
    {
        "event_id": "uuid",
        "undoes": "uuid",
        "occurred_at": "timestamptz",
        "received_at": "timestamptz",
        "connector_id": "int8",
    },
)
IDENTIFIER = Stage(
    "stage_identifier",
    {"token": "uuid", "kind": "text", "issuer": "text", "last": "text", "sealed": "bytea", "key_id": "text"},
)
TRACE = Stage(
    "stage_trace",
    {
        "trace_id": "uuid",
        "transaction_id": "uuid",
        "workflow": "text",
        "direct": "bool",
        "first_at": "timestamptz",
        "last_at": "timestamptz",
    },
)
TRANSACTION = Stage(
    "stage_transaction",
    {
        "id": "uuid",
        "workflow": "text",
        "workflow_version": "int4",
        "phase": "text",
        "outcome": "text",
        "outcome_at": "timestamptz",
        "first_outcome": "text",
        "first_outcome_at": "timestamptz",
        "first_outcome_event": "uuid",
        "current_step": "text",
        "failed_step": "text",
        "reason": "text",
        "facility_id": "int4",
        "payer": "text",
        "department": "text",
        "variant": "text",
        "original": "bool",
        "amount": "numeric",
        "paid": "numeric",
        "denied": "numeric",
        "patient_responsibility": "numeric",
        "started_at": "timestamptz",
        "first_at": "timestamptz",
        "last_at": "timestamptz",
        "closed_at": "timestamptz",
        "facts": "int4",
    },
)
STEP = Stage(
    "stage_step",
    {
        "transaction_id": "uuid",
        "step": "text",
        "status": "text",
        "at": "timestamptz",
        "first_at": "timestamptz",
        "event_id": "uuid",
        "outcome": "text",
        "reason": "text",
        "attempts": "int4",
        "failures": "int4",
        "interface": "text",
        "fresh": "bool",
    },
)
DEADLINE = Stage(
    "stage_deadline",
    {
        "transaction_id": "uuid",
        "workflow": "text",
        "facility_id": "int4",
        "step": "text",
        "due_at": "timestamptz",
    },
)
BODY = Stage("stage_body", {"event_id": "uuid", "ended_at": "timestamptz", "body": "bytea"})
MOVE = Stage(
    "stage_move",
    {
        "transaction_id": "uuid",
        "earlier_id": "uuid",
        "field": "text",
        "was": "text",
        "now": "text",
        "at": "timestamptz",
        "remap_id": "int8",
    },
)
SUPERSEDED = Stage("stage_superseded", {"transaction_id": "uuid", "event_id": "uuid", "superseded": "bool"})
CHANGE = Table(
    "change",
    {"transaction_id": "uuid", "workflow": "text", "at": "timestamptz", "old": "jsonb", "new": "jsonb"},
)

ALL = (
    EVENT, SPAN, GAUGE, ORPHAN, ORPHAN_TOKEN, UNFACT, FACT, LINE, KEY, IDENTIFIER,
    ALIAS, UNDONE, TRACE,
    TRANSACTION, STEP, DEADLINE, SUPERSEDED, BODY, MOVE,
)  # fmt: skip
_DDL = "; ".join(stage.ddl for stage in ALL)
# "Already exists, skipping" is no news. Every join of a pass leads from the few rows it has in hand into a
# large table by its key; a planner that knows nothing of stages would now and then read the table whole.
_SETTINGS = """
    SET LOCAL client_min_messages = warning; SET LOCAL jit = off;
    SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;
"""
# Answers how many passes this transaction has had: they leave their rows until it ends.
_COUNT = """
    CREATE TEMP TABLE IF NOT EXISTS stage_pass (at timestamptz) ON COMMIT DELETE ROWS;
    WITH another AS (INSERT INTO stage_pass VALUES (now())) SELECT count(*) FROM stage_pass
"""
_EMPTY = "TRUNCATE " + ", ".join(stage.name for stage in ALL)


def prepare(cursor: Staging) -> None:
    """Make the stages of this session where it has none yet, and have them empty."""
    # Many statements in one message: only a client-side cursor may.
    with psycopg.ClientCursor(cursor.connection) as together:
        together.execute(_SETTINGS + _DDL + ";" + _COUNT)
        while together.nextset():
            pass
        row = together.fetchone()
    if row and row[0]:
        cursor.execute(_EMPTY)
