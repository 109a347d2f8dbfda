"""What a name stands for is a function of the set of aliases, in whatever order they came."""

from hypothesis import given
from hypothesis import strategies as st

from tracing.rules.aliases import Alias, Names, Standing

NAMES = [bytes([n]) * 16 for n in range(5)]
A, B, C, D, E = NAMES


def alias(old: bytes, new: bytes, at: int, *, within: bytes | None = None) -> Alias:
    """Return an alias that one event said at a moment."""
    return Alias(old + new + bytes([at]), old, new, within, at, 0)


@st.composite
def aliases(draw: st.DrawFn) -> Alias:
    """Any alias among five names, at few moments: they tie, contradict each other and run in circles."""
    old, new = draw(st.permutations(NAMES))[:2]
    within = draw(st.sampled_from([None, None, *NAMES]))
    return alias(old, new, draw(st.integers(0, 3)), within=within)


@given(st.lists(aliases(), max_size=10), st.data())
def test_neither_order_nor_repetition_shows_and_every_name_comes_to_an_end(
    said: list[Alias], data: st.DataObject
) -> None:
    again = data.draw(
        st.permutations(said + data.draw(st.lists(st.sampled_from(said)) if said else st.just([])))
    )
    carried = frozenset(data.draw(st.sets(st.sampled_from(NAMES))))
    one, other = Names(said), Names(again)

    for name in NAMES:
        now = one.now(name, carried)
        assert other.now(name, carried) == now
        assert one.now(now, carried) == now  # what a name stands for stands for itself
    assert [one.standing(each) for each in said] == [other.standing(each) for each in said]


@given(st.lists(aliases(), max_size=8), st.lists(aliases(), max_size=3))
def test_what_was_undone_was_never_said(said: list[Alias], mistaken: list[Alias]) -> None:
    undone = {each.event_id for each in mistaken}
    left = [each for each in said if each.event_id not in undone]
    heard = [each for each in said + mistaken if each.event_id not in undone]

    assert [Names(heard).now(name) for name in NAMES] == [Names(left).now(name) for name in NAMES]


def test_merges_follow_each_other() -> None:
    names = Names([alias(B, C, 2), alias(A, B, 1)])
    assert [names.now(each) for each in (A, B, C, D)] == [C, C, C, D]


def test_of_two_targets_the_later_holds_and_the_other_is_marked() -> None:
    first, second = alias(A, B, 1), alias(A, C, 2)
    names = Names([second, first])

    assert names.now(A) == C
    assert (names.standing(first), names.standing(second)) == (Standing.OVERRULED, Standing.HOLDS)


def test_a_circle_ends_where_its_oldest_part_began() -> None:
    first, back = alias(A, B, 1), alias(B, A, 2)
    names = Names([first, back])

    assert (names.now(A), names.now(B)) == (A, A)
    assert (names.standing(first), names.standing(back)) == (Standing.CIRCULAR, Standing.HOLDS)


def test_a_move_holds_for_what_carries_the_thing_that_moves_under_whatever_name() -> None:
    names = Names([alias(A, B, 1, within=D), alias(A, C, 2), alias(E, D, 3)])

    assert names.now(A) == C
    assert names.now(A, frozenset([A, D])) == B
    assert names.now(A, frozenset([A, E])) == B  # E is D by now
