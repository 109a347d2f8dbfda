"""How fast the board comes with 400 days of history behind it, and how many statements that takes."""

from functools import partial
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from integrations.models import Facility
from kpis.catalogue import COHORT_KPIS, HELD, K01, K04, K07B, PHASES
from kpis.catalogue.categories import denial_categories
from observability.bench import standing
from observability.bench.installation import Installation
from observability.bench.report import Result
from observability.bench.search import answered, signed_in, timed
from observability.bench.yardstick import copy_rate
from observability.core import clock

FACILITIES = 12
DAYS = 400
PAYERS = 8
# Statements that only frame another: its savepoint, its time limit.
FRAMES = ("SAVEPOINT", "RELEASE", "SELECT set_config", "BEGIN", "COMMIT", "SET LOCAL")
VALUES = """
    INSERT INTO kpi_value (kpi, version, bucket, grain, facility_id, dim_value, numerator, denominator,
                           counts, computed_at)
    SELECT %(kpi)s, %(version)s, (%(at)s::timestamptz)::date - d, g.grain, f.id, g.name, (5 + d %% 7) * g.of,
           (100 + d %% 11) * g.of, jsonb_build_object('units', (100 + d %% 11) * g.of), %(at)s
      FROM generate_series(0, %(days)s - 1) d, facility f,
           unnest(%(grains)s::text[], %(names)s::text[], %(of)s::int[]) AS g(grain, name, of)
     ORDER BY 3, 4, 5, 6
"""
PARTS = {
    K04.key: tuple(denial_categories()),
    K07B.key: ("accepted", "rejected", "pending", "unanswered"),
    PHASES.key: ("open:", "open:partly_denied", "failed:denied", "failed:rejected", "completed:paid"),
    HELD.key: ("claim:failed", "claim:late", "charge:failed", "charge:late"),
}
ADJUDICATION = ("denied", "partly_denied", "paid", "zero_pay", "not_adjudicated")
# The window of the board as it opens, and all there is.
WINDOWS = {"board, 30 days": "/", "board, 365 days": "/?period=365"}


def fill(here: Installation, *, transactions: int, days: int) -> None:
    """Make the figures of `days` days of twelve facilities, and the claims of one."""
    at = clock.now()
    standing.stand(here.sender, transactions=transactions, days=days, at=at)
    for n in range(1, FACILITIES):
        Facility.objects.create(code=f"BENCH{n}", name=f"Bench {n}", zone="America/Chicago")
    with connection.cursor() as cursor:
        for kpi in {*COHORT_KPIS, HELD}:
            parts = PARTS.get(kpi.key, ADJUDICATION)
            payers = () if kpi is HELD else tuple(f"PAYER{n}" for n in range(PAYERS))
            params: dict[str, Any] = {
                "kpi": kpi.key,
                "version": kpi.version,
                "at": at,
                "days": days,
                "grains": ["facility", *["part"] * len(parts), *["payer"] * len(payers)],
                "names": ["", *parts, *payers],
                "of": [len(parts), *[1] * (len(parts) + len(payers))],  # a facility has what its parts have
            }
            cursor.execute(VALUES, params)
        cursor.execute("VACUUM ANALYZE")


def measure(*, looks: int) -> list[Result]:
    """Open the board again and again."""
    copied, client, found = copy_rate(), signed_in(), []
    for name, address in {**WINDOWS, "measure, 30 days": f"/kpis/{K01.key}/"}.items():
        result = timed(name, partial(_opened, client, address), list(range(looks)), copied)
        with CaptureQueriesContext(connection) as captured:
            page = client.get(address)
        said = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(FRAMES)]
        result.notes["queries"] = len(said)
        result.notes["kB"] = len(page.content) / 1_000
        found.append(result)
    return found


def _opened(client: Client, address: str, _n: int) -> None:
    answered(client.get(address))
