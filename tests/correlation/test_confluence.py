"""T07: the same events in any order, repeated, split and late end in the same rows; so does a refold."""

import os
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.ingest.records import Line
from tests.correlation.rows import clear, snapshot
from tests.correlation.speech import DAY0, Said, at, received
from tracing.models import Event
from tracing.storage.apply import apply
from tracing.storage.refold import refold_events
from tracing.storage.sweep import sweep_orphans

# Each pass commits, as in service: hundreds of passes in one transaction would choke on the catalogue.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("facility")]

CLAIMS = ("C1/P", "C1/S", "C2/P")
HOURS = st.sampled_from([0, 0, 1, 24, 24, 200, 200, 400])  # few moments, so that they tie


def _number(claim: str) -> str:
    return claim.split("/", maxsplit=1)[0]


@st.composite
def submissions(draw: st.DrawFn) -> Said:
    """A submission: original, replacement or void; known by account, batch, set and trace."""
    claim, frequency = draw(st.sampled_from(CLAIMS)), draw(st.sampled_from("1178"))
    batch = draw(st.sampled_from("12"))
    return Said(
        f"s-{claim}-{frequency}-{batch}", claim, "submitted", draw(HOURS),
        "cancels" if frequency == "8" else "completes", sequence=100 + int(frequency),
        outcome="voided" if frequency == "8" else None, amount=draw(st.sampled_from(["300.00", None])),
        basis="gross", payer=draw(st.sampled_from(["AETNA", None])),
        keys=tuple(draw(st.sets(st.sampled_from([f"pcn:{_number(claim)}", "account:1", "set:1"])))),
        trace=draw(st.sampled_from(["t1", None])), opens=(f"batch:{batch}",),
        attributes={"frequency": frequency, "payer_sequence": claim[-1]},
    )  # fmt: skip


@st.composite
def acknowledgements(draw: st.DrawFn) -> Said:
    """An acceptance or rejection that may not name its claim."""
    outcome, hours = draw(st.sampled_from(["accepted", "rejected", "received"])), draw(HOURS)
    effect = {"accepted": "completes", "rejected": "fails", "received": "feeds"}[outcome]
    name, mode, via, default, claim = draw(
        st.sampled_from(
            [
                ("set", "all", ("set:1",), None, None),
                ("one", "one", ("batchkey:1", "pcn:C1"), "C1/P", None),
                ("pcn", "one", ("pcn:C2",), None, None),
                ("direct", "one", (), None, "C1/P"),
            ]
        )
    )
    return Said(
        f"a-{name}-{outcome}", claim, "acknowledged", hours, effect, type="claim.acked.v1", sequence=300,
        outcome=outcome, via=via, mode=mode, default=default, keys=("mrn:7",),
        refers=draw(st.sampled_from([(), ("batch:1",), ("batch:2",)])),
    )  # fmt: skip


@st.composite
def decisions(draw: st.DrawFn) -> Said:
    """A remittance that pays, denies, takes back, or says nothing clear; sometimes by account only."""
    claim = draw(st.sampled_from([*CLAIMS, None]))
    status, paid, denied = draw(
        st.sampled_from(
            [("1", "300.00", None), ("1", "0", "300.00"), ("1", "100.00", "200.00"), ("22", "-300.00", None)]
        )
    )
    lines = (Line("1", "CO", "197", "adjustment", denied, None),) if denied else ()
    return Said(
        f"r-{claim}-{status}-{paid}", claim, "adjudicated", draw(HOURS), type="remit.received.v1",
        sequence=410 if status == "22" else 400, amount=paid, basis="paid", via=("account:1",),
        attributes={"claim_status": status, "billed": "300.00"}, lines=lines,
        keys=draw(st.sampled_from([(), ("account:1",)])),
    )  # fmt: skip


@st.composite
def payments(draw: st.DrawFn) -> Said:
    """A posting that is known by its trace or account only."""
    return Said(
        "p-1", None, "posted", draw(HOURS), type="payment.posted.v1", via=("account:1",),
        trace=draw(st.sampled_from(["t1", None])),
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Said], list[list[Said]]]:
    """A set of events, and one way in which it may arrive."""
    events = draw(
        st.lists(
            st.one_of(submissions(), acknowledgements(), decisions(), payments()), min_size=1, max_size=12
        )
    )
    # Another version of an event: other content, and sometimes another start or a later end.
    again = draw(st.lists(st.sampled_from(events), max_size=3))
    for version, said in enumerate(again, start=1):
        moved = draw(st.sampled_from([0, 5]))
        events.append(
            replace(said, version=version, hours=said.hours + moved, ends_after=draw(st.sampled_from([0, 1])))
        )
    repeated = events + draw(st.lists(st.sampled_from(events), max_size=6))
    arriving = draw(st.permutations(repeated))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(arriving) - 1)), max_size=4)))
    edges = [0, *cuts, len(arriving)]
    return events, [arriving[a:b] for a, b in pairwise(edges) if a < b]


def _pass(events: list[Said]) -> None:
    with transaction.atomic():
        apply([received(*events)], at=at(1_000))


def _sweep() -> None:
    sweep_orphans(DAY0 + timedelta(hours=1_000))


@pytest.mark.slow
@settings(
    max_examples=2_000 if os.environ.get("THROUGHLINE_DRILLS") else 500,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories())
def test_t07_any_order_repetition_and_split_ends_in_the_same_rows(
    history: tuple[list[Said], list[list[Said]]],
) -> None:
    events, batches = history
    clear()
    _pass(events)
    _sweep()
    together = snapshot()

    clear()
    for batch in batches:
        _pass(batch)
    _sweep()
    apart = snapshot()

    assert apart == together

    refold_events(list(Event.objects.values_list("event_id", flat=True)), at=at(1_000))
    _sweep()
    assert snapshot() == together
