"""State at a moment: one SQL expression and one Python function that never disagree."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from observability.core.sql import fetch_one
from tracing.queries.states import LATE, STATE
from tracing.rules.phases import Phase
from tracing.states import State, is_late, state_at, step_status

AT = datetime(2026, 5, 20, 12, tzinfo=UTC)
NEAR = st.none() | st.integers(-2, 2).map(lambda n: AT + timedelta(microseconds=n))
BOTH = f"""
    SELECT {STATE} AS state, coalesce({LATE}, false) AS late
      FROM (SELECT %(phase)s::text AS phase) t
      LEFT JOIN (SELECT %(due_at)s::timestamptz AS due_at, %(not_before)s::timestamptz AS not_before) d
        ON true
"""


@dataclass(frozen=True, slots=True)
class Seen:
    state: str
    late: bool


class TestSame(TestCase):
    @given(phase=st.sampled_from(list(Phase)), due_at=NEAR, not_before=NEAR)
    def test_sql_and_python_say_the_same_state(
        self, phase: Phase, due_at: datetime | None, not_before: datetime | None
    ) -> None:
        params = {"phase": phase.value, "due_at": due_at, "not_before": not_before, "at": AT}
        assert fetch_one(Seen, BOTH, params) == Seen(
            state=state_at(phase=phase, due_at=due_at, not_before=not_before, at=AT),
            late=is_late(phase=phase, due_at=due_at, at=AT),
        )


def test_a_promise_is_broken_only_after_its_moment() -> None:
    assert state_at(phase="open", due_at=AT, not_before=None, at=AT) is State.ON_ITS_WAY
    later = AT + timedelta(microseconds=1)
    assert state_at(phase="open", due_at=AT, not_before=None, at=later) is State.LATE


@pytest.mark.parametrize(
    ("recorded", "is_next", "due_in", "shown"),
    [
        ("completed", False, None, "done"),
        ("implied", False, None, "implied"),
        ("reversed", True, -1, "reversed"),
        (None, True, -1, "late"),
        (None, True, 1, "ghost"),
        (None, False, None, "ghost"),
        ("progressing", True, -1, "late"),
        ("progressing", True, 1, "progressing"),
    ],
)
def test_a_step_of_the_track(recorded: str | None, is_next: bool, due_in: int | None, shown: str) -> None:
    due_at = None if due_in is None else AT + timedelta(hours=due_in)
    found = step_status(
        recorded=recorded, is_next=is_next, phase="open", due_at=due_at, not_before=None, at=AT
    )
    assert found == shown
