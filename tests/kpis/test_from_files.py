"""Claim files, from the wire to the measure: adapter, endpoint, inbox, drain, roll-up, command."""

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from kpis.catalogue import COHORT_KPIS, HELD
from kpis.catalogue.figure import Figure
from kpis.models import KpiDirty
from kpis.queries.live import live_figure
from kpis.queries.values import standing, stored_by_facility
from kpis.queries.window import Window
from kpis.rollup.catch_up import catch_up
from observability.accounts.scopes import Scope
from observability.core.clock import now
from tests.adapters.files import CHAIN, FIXTURES, needs_chain, read_path
from tests.ingest.posting import Poster, poster
from tracing.models import Change
from tracing.storage.drain import drain

pytestmark = pytest.mark.django_db(transaction=True)


def post(sender: Poster, *files: Path) -> None:
    for file in files:
        answer = sender.events([event.cloudevent() for event in read_path(file).events])
        assert answer.status_code == 200, answer.content
    while drain(seconds=60):
        pass


def show(key: str) -> Any:
    out = StringIO()
    call_command("kpis", "show", key, "--json", stdout=out)
    return json.loads(out.getvalue())


@needs_chain
def test_the_claim_chain_in_figures() -> None:
    post(poster(), *sorted(CHAIN.glob("*.x12")))
    # Four claims, one of them a replacement of a claim that we never saw.
    k01 = show("K01")
    assert (k01["numerator"], k01["denominator"], k01["not_adjudicated"], k01["immature"]) == (0, 3, 0, False)
    assert (k01["parts"]["paid"], k01["parts"]["partly_denied"]) == (2, 1)
    assert show("K02")["denominator"] == 42_750.5
    assert show("K04")["parts"] == {"medical_necessity": {"amount": 200, "claims": 1, "share": 1.0}}
    # A2, A2 and A3 are final; A1 is receipt only, and its remittance is no acknowledgement.
    k07b = show("K07b")
    assert (k07b["numerator"], k07b["denominator"], k07b["parts"]["implied"]) == (2, 3, 1)


@needs_chain
def test_the_same_files_again_change_no_figure() -> None:
    sender = poster()
    post(sender, *CHAIN.glob("*.x12"))
    once = {kpi.key: show(kpi.key)["parts"] for kpi in COHORT_KPIS}
    post(sender, *sorted(CHAIN.glob("*.x12"), reverse=True))
    assert {kpi.key: show(kpi.key)["parts"] for kpi in COHORT_KPIS} == once


def test_after_the_drain_one_pass_brings_the_stored_figures_to_the_live_ones() -> None:
    post(poster(), *(FIXTURES / name for name in ("837p_5010.x12", "277ca.x12", "acks.x12", "835.x12")))
    assert Change.objects.exists()
    done = catch_up(at=now(), clock=now)
    assert done.snapshot
    assert (Change.objects.count(), KpiDirty.objects.count()) == (0, 0)
    everything, at = Window(), datetime.now(UTC)
    for kpi in COHORT_KPIS:
        live = live_figure(scope=Scope.system(), kpi=kpi, window=everything, at=at)
        rows = stored_by_facility(scope=Scope.system(), kpis=[kpi], window=everything)
        assert Figure.of(kpi, ((row.name, row.sums) for row in rows)).by_class == live.by_class
    held = standing(scope=Scope.system(), version=HELD.version, window=everything)
    live = live_figure(scope=Scope.system(), kpi=HELD, window=everything, at=at)
    assert live.part("claim").units > 0
    assert Figure.of(HELD, ((r.name, r.sums) for r in held if r.grain == "part")).by_class == live.by_class
