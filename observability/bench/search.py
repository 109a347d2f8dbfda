"""How fast an identifier is found among millions, and how fast its page comes."""

import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client

from integrations.models import Connector
from observability.accounts.factors.policy import mark_proven
from observability.accounts.models import Grant
from observability.accounts.roles import Role
from observability.accounts.scopes import Scope
from observability.bench import claims, standing
from observability.bench.installation import Installation
from observability.bench.processes import load
from observability.bench.report import Result, cpu_seconds, percentile, rss_mb
from observability.bench.yardstick import copy_rate, wal_position
from observability.core import clock, db_roles, keyring
from observability.core.partitions import ensure_days
from tracing.finding import find
from tracing.pasted import read
from tracing.queries import keys, search, spans, transaction
from tracing.queries.issuers import issuers_in

DAYS = 89  # that claims and their spans are spread over
SPANS_EACH = 2
# Traces and spans of the standing claims: made by SQL, for they are only looked up.
TRACES = """
    INSERT INTO transaction_trace (trace_id, transaction_id, workflow, direct, first_at, last_at)
    SELECT md5('trace' || n)::uuid, transaction_id, 'claim', true, %(at)s + shift, %(at)s + shift
      FROM bench_map ORDER BY 1
"""
SPANS = """
    INSERT INTO span (started_at, trace_id, event_id, ended_at, span_id, kind, name, service, status,
                      attributes, flags, received_at, connector_id, credential_id, content_hash)
    SELECT %(at)s + shift + k * interval '1 second', md5('trace' || n)::uuid, md5('span' || n || k)::uuid,
           %(at)s + shift + k * interval '2 seconds', substring(decode(md5('span' || n || k), 'hex') for 8),
           2, 'POST /fhir/Claim/{id}', 'interface-engine', 0,
           '{"http.request.method": "POST", "http.route": "/fhir/Claim/{id}", "server.port": "8443",
             "http.response.status_code": "200"}', '{}', %(at)s + shift, %(connector)s, 1,
           decode(md5('content' || n || k), 'hex')
      FROM bench_map, generate_series(1, %(each)s) k ORDER BY 1
"""


def fill(here: Installation, *, transactions: int) -> None:
    """Make the standing claims with their traces and spans."""
    at = clock.now()
    standing.stand(here.sender, transactions=transactions, days=DAYS, at=at)
    ensure_days("span", [(at - timedelta(days=n)).date() for n in range(-1, DAYS + 2)])
    connector = Connector.objects.values_list("id", flat=True).get()
    params: dict[str, Any] = {"at": at - timedelta(hours=1), "each": SPANS_EACH, "connector": connector}
    with connection.cursor() as cursor:
        cursor.execute(TRACES, params)
        cursor.execute(SPANS, params)
        cursor.execute("VACUUM ANALYZE")
        with db_roles.making_days("span"):  # nobody else may
            cursor.execute("ANALYZE span")


def measure(here: Installation, *, transactions: int, looks: int) -> list[Result]:
    """Look up random claims by token, by trace and through the pages."""
    scope = Scope(facility_ids=(here.facility_id,))
    copied, client = copy_rate(), signed_in()
    chance = random.Random(7)  # noqa: S311 - the same claims in every run
    work: dict[str, Callable[[int], object]] = {
        "search token": lambda n: _by_token(scope, n),
        "search trace": lambda n: _by_trace(scope, n),
        "search page": lambda n: _page(client, n),
        "list page": lambda _: answered(client.get("/transactions/")),
    }
    numbers = [standing.FIRST + chance.randrange(transactions) for _ in range(looks)]
    return [timed(name, look, numbers, copied) for name, look in work.items()]


def timed(name: str, look: Callable[[int], object], numbers: list[int], copied: float) -> Result:
    """Time each look, after a few that are not counted."""
    for n in numbers[:3]:
        look(n)
    before, cpu, took = wal_position(), cpu_seconds(), []
    for n in numbers:
        began = time.perf_counter()
        look(n)
        took.append((time.perf_counter() - began) * 1_000)
    used, seconds = cpu_seconds() - cpu, sum(took) / 1_000
    rate = len(took) / seconds
    return Result(
        name=name,
        events=len(took),
        seconds=seconds,
        events_per_second=rate,
        copy_rows_per_second=copied,
        ratio_to_copy=rate / copied,
        p50_ms=percentile(took, 0.5),
        p95_ms=percentile(took, 0.95),
        cpu_seconds=used,
        rss_mb=rss_mb(),
        wal_bytes_per_event=(wal_position() - before) / len(took),
        notes={"CPU ms a look, without the database's": used / len(took) * 1_000}
        | {"what p50 and p95 time": "a look", "database MB": _size() / 2**20, **load()},
    )


def signed_in() -> Client:
    """Return a client that a support person of the facility is signed in with."""
    person = get_user_model().objects.create_user(username="bench")
    Grant.objects.create(user=person, role=Role.SUPPORT, facility_id=None)
    client = Client()
    client.force_login(person)
    session = client.session
    mark_proven(session, "bench")  # what is measured is the search, not who is asked for what
    session.save()
    return client


def _by_token(scope: Scope, n: int) -> None:
    readings = read(claims.claim_no(n), id_key=keyring.id_key(), issuers=issuers_in(scope=scope))
    if len(find(scope=scope, readings=readings, hub_size=settings.HUB_TRANSACTIONS).ids) != 1:
        raise RuntimeError("the bench's own claim was not found")


def _by_trace(scope: Scope, n: int) -> None:
    """Find the transaction of a trace, and the spans of its traces."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT md5('trace' || %s)::uuid", [str(n)])
        trace: UUID = cursor.fetchone()[0]
    found = search.traced_by(scope=scope, trace_id=trace)
    of = transaction.one(scope=scope, id=found[0], at=clock.now())
    if of is None or not spans.spans_of(scope=scope, of=of, traces=keys.traces_of(scope=scope, of=of)):
        raise RuntimeError("the bench's own trace was not found")


def _page(client: Client, n: int) -> None:
    """Paste a claim number into the box and follow to its page."""
    answered(client.post("/transactions/search/", {"q": claims.claim_no(n)}, follow=True))


def answered(response: Any) -> None:
    """Raise RuntimeError where a page was not shown."""
    if response.status_code != 200:
        raise RuntimeError(f"the bench's own page was answered {response.status_code}")


def _size() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        return int(cursor.fetchone()[0])
