"""What is said later of some days stands over what was said of them before, and of no other day."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.reference.dating import Stretch, laid_over

FIRST = date(2026, 1, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(30)]
Said = tuple[int | None, int, int | None]
SAID = st.tuples(
    st.none() | st.integers(1, 3), st.integers(0, 19), st.none() | st.integers(0, 8)
)  # value, first day, how many more; None is an open end


@settings(max_examples=100, deadline=None)
@given(st.lists(SAID, max_size=6))
def test_each_day_has_what_was_last_said_of_it(said: list[Said]) -> None:
    known: list[Stretch[int]] = []
    by_day: dict[date, int | None] = dict.fromkeys(DAYS)
    for value, start, more in said:
        last = None if more is None else DAYS[start + more]
        known = laid_over(known, value=value, first=DAYS[start], last=last)
        by_day.update({day: value for day in DAYS if day >= DAYS[start] and (last is None or day <= last)})
    for day, value in by_day.items():
        assert [s.value for s in known if s.holds_on(day)] == ([] if value is None else [value])
    for before, after in pairwise(known):
        assert before.last is not None
        assert before.last < after.first
        assert before.value != after.value or before.last + timedelta(days=1) < after.first
