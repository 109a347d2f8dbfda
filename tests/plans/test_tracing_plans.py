"""Each hot query of the pages reads what it shows, by its index, however much there is beside it."""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from observability.accounts.scopes import Scope
from observability.core.partitions import ensure_days
from tests.build import build_connector, build_facility
from tracing.queries import issuers, keys, listing, search, spans, titles, transaction
from tracing.queries.listing import Filters

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 20, 12, tzinfo=UTC)
ROWS = 20_000
DAYS = 10
BIG = (
    "transaction",
    "transaction_key",
    "identifier",
    "deadline",
    "fact",
    "step",
    "transaction_trace",
    "span",
)

# Row n: its id, tokens and trace are md5 of a word and n, so that a test can name them.
FILL = [
    """INSERT INTO transaction (id, workflow, workflow_version, phase, original, facts, facility_id,
                              current_step, amount, first_at, last_at, started_at)
       SELECT md5('t' || n)::uuid, 'claim', 1, CASE WHEN n %% 10 = 0 THEN 'failed' ELSE 'open' END, true, 1,
              CASE WHEN n %% 2 = 0 THEN %(north)s ELSE %(south)s END, 'submitted', n,
              %(at)s - n * interval '5 minutes', %(at)s, %(at)s
         FROM generate_series(1, %(rows)s) n""",
    """INSERT INTO deadline (transaction_id, workflow, facility_id, step, due_at)
       SELECT id, workflow, facility_id, 'acknowledged', first_at + interval '2 days' FROM transaction""",
    """INSERT INTO step (transaction_id, step, status, at, first_at, event_id, attempts, failures)
       SELECT id, 'submitted', 'completed', first_at, first_at, id, 1, 0 FROM transaction""",
    """INSERT INTO fact (transaction_id, event_id, workflow, type, step, effect, sequence, occurred_at,
                       received_at, facility_id, connector_id, attributes, flags, part_opens, part_refers,
                       direct, superseded)
       SELECT id, id, workflow, 'claim.submitted.v1', 'submitted', 'completes', 0, first_at, first_at,
              facility_id, %(sender)s, '{}', '{}', '{}', '{}', true, false FROM transaction""",
    """INSERT INTO transaction_key (token, transaction_id, workflow, kind, linking, direct, former)
       SELECT md5('k' || n)::uuid, md5('t' || n)::uuid, 'claim', 'patient_control_number', true, true, false
         FROM generate_series(1, %(rows)s) n""",
    """INSERT INTO identifier (token, kind, issuer, last, sealed, key_id)
       SELECT token, kind, 'npi:1@NORTH', '7714', 'x', 'dev' FROM transaction_key""",
    """INSERT INTO transaction_trace (trace_id, transaction_id, workflow, direct, first_at, last_at)
       SELECT md5('r' || n)::uuid, md5('t' || n)::uuid, 'claim', true, %(at)s - (n %% 10) * interval '1 day',
              %(at)s - (n %% 10) * interval '1 day' FROM generate_series(1, %(rows)s) n""",
    """INSERT INTO span (started_at, trace_id, event_id, ended_at, span_id, kind, name, service, status,
                       attributes, flags, received_at, connector_id, credential_id, content_hash)
       SELECT first_at, trace_id, transaction_id, first_at, 'x', 1, 'op', 'billing', 0, '{}', '{}', first_at,
              %(sender)s, 1, 'x' FROM transaction_trace""",
]


@pytest.fixture
def places() -> dict[str, int]:
    """Two facilities with ten thousand transactions each."""
    here = {"north": build_facility("NORTH").pk, "south": build_facility("SOUTH").pk}
    sender = build_connector(facilities=("NORTH", "SOUTH")).pk
    ensure_days("span", [(AT - timedelta(days=n)).date() for n in range(DAYS + 1)])
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {**here, "sender": sender, "at": AT, "rows": ROWS})
        cursor.execute("ANALYZE")
    return here


class Plan:
    """The plans of every reading statement that a call sends."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().startswith(("SELECT set_config", "SAVEPOINT", "RELEASE", "EXPLAIN")):
            return execute(sql, params, many, context)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS OFF) {sql}", params)
            self.texts.append("\n".join(row[0] for row in cursor.fetchall()))
        return execute(sql, params, many, context)

    @property
    def text(self) -> str:
        return "\n\n".join(self.texts)


@pytest.fixture
def plan() -> Iterator[Plan]:
    found = Plan()
    with connection.execute_wrapper(found):
        yield found


def whole_tables(text: str) -> list[str]:
    """Return the big tables that a plan reads from end to end."""
    lines = [line for line in text.splitlines() if "Seq Scan on" in line and "(never executed)" not in line]
    names = [line.split("Seq Scan on ")[1].split()[0].strip('"') for line in lines]
    return [name for name in names if name in BIG or name.startswith("span_")]


def md5(word: str) -> UUID:
    """Return the id that the filled rows have."""
    return UUID(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest())


def test_a_token_is_found_by_its_key(places: dict[str, int], plan: Plan) -> None:
    scope = Scope(facility_ids=(places["north"],))
    tokens = [md5(f"none{n}") for n in range(500)] + [md5("k2")]
    assert search.named_by(scope=scope, tokens=tokens) == {md5("k2"): [md5("t2")]}
    assert whole_tables(plan.text) == []
    assert "transaction_key_pkey" in plan.text
    assert "transaction_pkey" in plan.text


def test_a_trace_is_found_by_its_key(places: dict[str, int], plan: Plan) -> None:
    scope = Scope(facility_ids=(places["north"],))
    assert search.traced_by(scope=scope, trace_id=md5("r2")) == [md5("t2")]
    assert whole_tables(plan.text) == []


@pytest.mark.parametrize("facilities", [("north",), ("north", "south")])
@pytest.mark.parametrize("middle", [False, True])
def test_a_page_of_the_list_reads_only_its_rows(
    places: dict[str, int], plan: Plan, facilities: tuple[str, ...], middle: bool
) -> None:
    scope = Scope(facility_ids=tuple(places[name] for name in facilities))
    edge = listing.Edge(AT - timedelta(days=20), md5("t5760")) if middle else None
    rows = listing.listed(scope=scope, filters=Filters(), at=AT, edge=edge, limit=51)
    assert len(rows) == 51
    assert whole_tables(plan.text) == []
    assert plan.text.count("transaction_listed") == len(facilities)
    read = re.findall(r"transaction_listed on .*actual rows=(\d+)", plan.text)
    assert len(read) == len(facilities)
    assert all(int(rows) <= 51 for rows in read), plan.text


def test_counting_stops(places: dict[str, int], plan: Plan) -> None:
    scope = Scope(facility_ids=(places["north"],))
    filters = Filters(since=AT - timedelta(days=1))
    assert listing.counted(scope=scope, filters=filters, at=AT).n == 144
    assert listing.counted(scope=scope, filters=filters, at=AT, outside=True).n == listing.COUNTED + 1


def test_the_page_of_one_transaction_reads_only_its_own(places: dict[str, int], plan: Plan) -> None:
    scope = Scope(facility_ids=(places["north"],))
    of = transaction.one(scope=scope, id=md5("t2"), at=AT)
    assert of is not None
    transaction.steps_of(scope=scope, of=of)
    transaction.facts_of(scope=scope, of=of)
    transaction.lines_of(scope=scope, of=of)
    known = keys.keys_of(scope=scope, of=of)
    keys.sharing(scope=scope, of=of, tokens=[key.token for key in known], hub_size=200)
    traces = keys.traces_of(scope=scope, of=of)
    assert len(spans.spans_of(scope=scope, of=of, traces=traces)) == 1
    titles.known_by(scope=scope, rows=[of], kinds=["patient_control_number"])
    issuers.issuers_in(scope=scope)
    assert whole_tables(plan.text) == []
    # Bound in time: two of eleven days are looked into, not all.
    assert 1 <= plan.texts[-4].count("on span_2026") <= 2, plan.texts[-4]


def test_another_facility_s_transaction_is_read_by_nothing(places: dict[str, int], plan: Plan) -> None:
    south = Scope(facility_ids=(places["south"],))
    assert transaction.one(scope=south, id=md5("t2"), at=AT) is None
    assert search.named_by(scope=south, tokens=[md5("k2")]) == {}
    of = transaction.one(scope=Scope(facility_ids=(places["north"],)), id=md5("t2"), at=AT)
    assert of is not None
    assert transaction.facts_of(scope=south, of=of) == []
    assert keys.keys_of(scope=south, of=of) == []
    assert titles.known_by(scope=south, rows=[of], kinds=["patient_control_number"]) == {}
