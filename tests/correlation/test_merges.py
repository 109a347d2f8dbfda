"""Merges and moves of keys: any order, repetition and split of them and of facts ends in the same rows."""

from itertools import pairwise
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.ingest.records import Event as Record
from tests.correlation.merging import renamed, restored
from tests.correlation.rows import clear, snapshot
from tests.correlation.speech import DAY0, Said, at, received
from tracing.models import Event, Fact
from tracing.storage.apply import apply
from tracing.storage.refold import refold_events
from tracing.storage.sweep import sweep_orphans

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("facility")]

CLAIMS = ("C1", "C2", "C3")
ACCOUNTS = ("account:1", "account:2")
HOURS = st.sampled_from([0, 24, 24, 200])


@st.composite
def facts(draw: st.DrawFn) -> Said:
    """A submission, or an answer that names its claim by number, by account, or by default."""
    number = draw(st.sampled_from(CLAIMS))
    account, pcn = draw(st.sampled_from(ACCOUNTS)), f"pcn:{number}"
    if draw(st.booleans()):
        return Said(
            f"s-{number}-{account}", f"{number}/P", "submitted", draw(HOURS), amount="300.00", basis="gross",
            keys=(pcn, account, "set:1"), opens=(f"batch:{number}",),
        )  # fmt: skip
    via, mode, default = draw(
        st.sampled_from(
            [((pcn,), "one", f"{number}/P"), ((account,), "one", None), (("set:1", pcn), "all", None)]
        )
    )
    return Said(
        f"a-{number}-{account}-{via}", None, "acknowledged", draw(HOURS), type="claim.acked.v1",
        outcome="accepted", via=via, mode=mode, default=default, keys=(pcn, account, "set:1"),
    )  # fmt: skip


@st.composite
def merges(draw: st.DrawFn) -> tuple[str, Record]:
    """A merge of claims or accounts, or the move of a claim to another account."""
    kind = draw(st.sampled_from(["claim", "account", "move"]))
    if kind == "claim":
        old, new = draw(st.permutations(CLAIMS))[:2]
        name = f"claim-{old}-{new}"
        return name, renamed(name, f"pcn:{old}", f"pcn:{new}", draw(HOURS))
    old, new = draw(st.permutations(ACCOUNTS))
    if kind == "account":
        name = f"account-{old[-1]}-{new[-1]}"
        return name, renamed(name, old, new, draw(HOURS))
    number = draw(st.sampled_from(CLAIMS))
    name = f"move-{number}-{old[-1]}-{new[-1]}"
    return name, renamed(name, old, new, draw(HOURS), within=f"pcn:{number}")


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Record], list[list[Record]]]:
    """A set of events with merges among them, and one way in which it may arrive."""
    said = [each.event() for each in draw(st.lists(facts(), min_size=1, max_size=7))]
    merged = draw(st.lists(merges(), min_size=1, max_size=4))
    said += [each for _, each in merged]
    undone = draw(st.sets(st.sampled_from([name for name, _ in merged]), max_size=2))
    said += [restored(f"undo-{name}", name) for name in sorted(undone)]
    # Two versions of one event are a matter of test_confluence; here each id has one content.
    events = list({each.event_id: each for each in said}.values())
    arriving = draw(st.permutations(events + draw(st.lists(st.sampled_from(events), max_size=3))))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(arriving) - 1)), max_size=5)))
    return events, [arriving[a:b] for a, b in pairwise([0, *cuts, len(arriving)]) if a < b]


def _pass(events: list[Record]) -> None:
    with transaction.atomic():
        apply([received(*events)], at=at(1_000))


def _rows() -> dict[str, list[tuple[object, ...]]]:
    sweep_orphans(DAY0)
    return snapshot()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(histories())
def test_t07_merges_and_facts_in_any_order_end_in_the_same_rows(
    history: tuple[list[Record], list[list[Record]]],
) -> None:
    events, batches = history
    clear()
    # Facts last: nothing has to be put right then.
    _pass([each for each in events if each.aliases or each.undoes])
    _pass([each for each in events if not (each.aliases or each.undoes)])
    names_first = _rows()

    clear()
    for batch in batches:
        _pass(batch)
    assert _rows() == names_first

    refold_events(list(Event.objects.values_list("event_id", flat=True)), at=at(1_000))
    assert _rows() == names_first


def test_an_event_bound_through_a_number_that_moved_away_does_not_keep_it() -> None:
    """C2 moves from account 1 to 2 before C1 is submitted: who names account 1 only is nowhere now."""
    keys = ("pcn:C1", "account:1", "set:1")
    answer = Said(
        "answer", None, "acknowledged", 0, type="claim.acked.v1", outcome="accepted", via=("account:1",),
        mode="one", keys=keys,
    ).event()  # fmt: skip
    other = Said(
        "other", "C2/P", "submitted", 0, amount="300.00", basis="gross", keys=("pcn:C2", "account:1"),
    ).event()  # fmt: skip
    moved = renamed("move", "account:1", "account:2", 0, within="pcn:C2")

    clear()
    _pass([moved])
    _pass([other, answer])
    names_first = _rows()
    assert not Fact.objects.filter(event_id=UUID(bytes=answer.event_id)).exists()

    clear()
    _pass([other, answer])
    assert Fact.objects.filter(event_id=UUID(bytes=answer.event_id)).exists()
    _pass([moved])
    assert _rows() == names_first
