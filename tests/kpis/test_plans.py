"""Queries of measures use the indexes they name."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from kpis.catalogue import COHORT_KPIS
from kpis.catalogue.categories import denial_categories
from kpis.queries import buckets, freshness, live, values
from kpis.queries.window import Window, whose
from observability.accounts.scopes import Scope
from tests.build import build_facility

pytestmark = pytest.mark.django_db

FILL = [
    """INSERT INTO transaction (id, workflow, workflow_version, phase, first_outcome, first_outcome_event,
           facility_id, payer, variant, original, amount, started_at, first_at, last_at, facts)
       SELECT gen_random_uuid(), 'claim', 1, 'open', 'denied', gen_random_uuid(), %(facility)s + n %% 2,
              'P', 'P', true, 10, moment, moment, moment, 2
         FROM generate_series(1, 8000) n,
              LATERAL (SELECT timestamptz '2026-03-31' - n * interval '1 hour') AS m(moment)""",
    """INSERT INTO fact (transaction_id, event_id, workflow, type, step, effect, sequence, occurred_at,
           received_at, facility_id, connector_id, attributes, flags, part_opens, part_refers, direct,
           superseded)
       SELECT id, gen_random_uuid(), 'claim', 'x', 'acknowledged', 'feeds', 1, first_at, first_at,
              facility_id, 1, '{}', '{}', '{}', '{}', true, false
         FROM transaction, generate_series(1, 3)""",
    """INSERT INTO fact_line (transaction_id, event_id, n, line, category, basis, amount)
       SELECT id, first_outcome_event, n, '', 'coding', 'adjustment', 5
         FROM transaction, generate_series(1, 3) n""",
    """INSERT INTO kpi_value (kpi, version, bucket, grain, facility_id, dim_value, numerator, denominator,
           counts, computed_at)
       SELECT kpi, 1, date '2026-03-31' - d, grain, f, 'x', 1, 1, '{"units": 1}', now()
         FROM unnest(ARRAY['K01', 'K02', 'K04', 'K07b', 'PHASES', 'HELD']) kpi,
              generate_series(1, 400) d, generate_series(1, 5) f, unnest(ARRAY['facility', 'part']) grain""",
    """INSERT INTO change (transaction_id, workflow, at, old, new)
       SELECT id, workflow, first_at, NULL, '{}' FROM transaction""",
    "ANALYZE transaction, fact, fact_line, kpi_value, change",
    # What autovacuum sees to before long, and no transaction can: all that stands is known to be visible.
    """SELECT pg_restore_relation_stats('schemaname', current_schema()::text, 'relname', 'kpi_value',
              'relpages', relpages, 'reltuples', reltuples, 'relallvisible', relpages)
         FROM pg_class WHERE oid = 'kpi_value'::regclass""",
]  # fmt: skip
QUEUE = """INSERT INTO change (transaction_id, workflow, at, old, new)
    SELECT id, workflow, first_at, NULL, jsonb_build_object('as wide as a look', repeat('x', 700))
      FROM transaction"""
WEEK = Window(date(2026, 3, 1), date(2026, 3, 8))


@pytest.fixture
def filled() -> Scope:
    facility = build_facility("NORTH").pk
    build_facility("SOUTH")
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, {"facility": facility})
    return Scope(facility_ids=(facility,))


def plan(sql: str, params: dict[str, Any]) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def bounds(scope: Scope) -> dict[str, object]:
    at = datetime(2026, 4, 1, tzinfo=UTC)
    said = {"at": at, "payer": None, "denial": list(denial_categories()), "parts": ["denied"], "limit": 50}
    return {**whose(scope), **WEEK.params(), **said, "before_at": None, "before_id": None}


KEYS = [kpi.key for kpi in COHORT_KPIS]


def test_a_cohort_is_found_by_its_index_and_its_facts_by_their_key(filled: Scope) -> None:
    for sql in [queries[key] for queries in (live.SUMS, live.LISTED) for key in KEYS]:
        found = plan(sql, bounds(filled))
        assert "transaction_started" in found
        assert "Seq Scan on transaction" not in found
        assert "Seq Scan on fact" not in found


def test_a_recount_reads_only_its_days_and_each_claim_once(filled: Scope) -> None:
    days: dict[str, object] = {
        "bucket_facilities": [filled.facility_ids[0]],
        "bucket_days": [date(2026, 3, 2)],
        "kpis": KEYS,
        "versions": [1] * len(KEYS),
    }
    counting = plan(buckets.STORE["claim"], bounds(filled) | days)
    assert counting.count("transaction_started") == 1
    assert "Seq Scan on fact" not in counting
    assert "Seq Scan on transaction" not in counting
    assert "kpi_value_once" in plan(buckets.CLEAR_VALUES, bounds(filled) | days)


def test_stored_figures_are_read_by_their_key(filled: Scope) -> None:
    kpis = {"kpis": ["K01", "K02"], "versions": [1, 1], "workflows": ["claim", "claim"]}
    wanted: dict[str, object] = {**kpis, "undecided": ["x", None]}
    year = Window(date(2025, 4, 1), date(2026, 4, 1))
    for days in ({}, year.params(), replace(year, place=1).params()):
        for sql in (values.BY_FACILITY, values.BY_DAY, values.BY_PAYER):
            found = plan(sql, bounds(filled) | wanted | days)
            assert "Index Only Scan using kpi_value_read" in found
            assert "Seq Scan on kpi_value" not in found


def test_the_oldest_change_is_the_first_by_key(filled: Scope) -> None:
    for sql in (freshness.BEHIND, buckets.OLDEST):
        found = plan(sql, bounds(filled) | {"workflows": ["claim"], "limit": 500})
        assert "change_pkey" in found
        assert "Seq Scan on change" not in found


def test_changes_are_found_by_key_though_statistics_say_that_there_are_none(filled: Scope) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUEUE)
        cursor.execute("DELETE FROM change")
        cursor.execute("ANALYZE change")  # pages, and nothing in them: as a queue looks most of the time
        cursor.execute(QUEUE + " RETURNING id")
        ids = [row[0] for row in cursor.fetchall()]
    found = plan(buckets.CONSUME, {"ids": ids, "workflows": ["claim"]})
    assert "Index Cond: (id = ANY (" in found  # no join, which could be one of every row with every id


def test_who_was_heard_from_is_found_by_the_index_of_the_list(filled: Scope) -> None:
    found = plan(freshness.HEARD, bounds(filled) | {"now": datetime(2026, 4, 1, tzinfo=UTC)})
    assert "transaction_listed" in found
    assert "Seq Scan on transaction" not in found
