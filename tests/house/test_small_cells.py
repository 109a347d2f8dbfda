"""A table that leaves its scope gives no small count away, directly or by arithmetic."""

from fractions import Fraction
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from observability.core.small_cells import SMALLEST, suppressed

Table = list[list[int]]


def tables(most: int, size: int) -> st.SearchStrategy[Table]:
    shapes = st.tuples(st.integers(1, size), st.integers(1, size))
    return shapes.flatmap(
        lambda shape: st.lists(
            st.lists(st.integers(0, most), min_size=shape[1], max_size=shape[1]),
            min_size=shape[0],
            max_size=shape[0],
        )
    )


def totalled(table: Table) -> Table:
    rows = [[*row, sum(row)] for row in table]
    return [*rows, [sum(column) for column in zip(*rows, strict=True)]]


def computed(shown: list[list[int | None]]) -> set[tuple[int, int]]:
    """Return the hidden cells that the sums of rows and columns determine, by elimination."""
    height, width = len(shown), len(shown[0])
    hidden = [(r, c) for r, c in product(range(height), range(width)) if shown[r][c] is None]
    rows = [
        [Fraction((-1 if c == width - 1 else 1) if r == at else 0) for r, c in hidden] for at in range(height)
    ]
    rows += [
        [Fraction((-1 if r == height - 1 else 1) if c == at else 0) for r, c in hidden] for at in range(width)
    ]
    for column in range(len(hidden)):
        pivot = next((row for row in rows if row[column] and not any(row[:column])), None)
        if pivot is not None:
            for row in rows:
                if row is not pivot and row[column]:
                    factor = row[column] / pivot[column]
                    row[:] = [a - factor * b for a, b in zip(row, pivot, strict=True)]
    return {hidden[row.index(next(filter(None, row)))] for row in rows if sum(map(bool, row)) == 1}


@settings(deadline=None)
@given(tables(most=40, size=4))
def test_what_is_shown_is_true_and_never_small_and_what_is_hidden_follows_from_no_sum(table: Table) -> None:
    whole, shown = totalled(table), suppressed(table)

    for true, told in zip(whole, shown, strict=True):
        for n, cell in zip(true, told, strict=True):
            assert cell is None or (cell == n and not 0 < cell < SMALLEST)
            assert cell is not None or n > 0
    assert computed(shown) == set()


@pytest.mark.parametrize(("one", "two"), [(1, 1), (1, 3), (2, 0), (4, 5)])
def test_who_knows_that_what_is_hidden_is_not_nothing_still_finds_two_values_for_it(
    one: int, two: int
) -> None:
    table = [[one, two, 20], [0, 0, 30]]
    near = product(range(8), range(8), range(17, 24), [0], [0], range(27, 34))
    shown = suppressed(table)
    agree = [whole for flat in near if _agrees(whole := totalled([list(flat[:3]), list(flat[3:])]), shown)]
    for r, c in product(range(3), range(4)):
        assert shown[r][c] is not None or len({whole[r][c] for whole in agree}) > 1


def _agrees(whole: Table, shown: list[list[int | None]]) -> bool:
    pairs = zip(chain(*whole), chain(*shown), strict=True)
    return all(n > 0 if cell is None else n == cell for n, cell in pairs)


def test_a_table_without_small_counts_stays_whole_and_one_small_count_costs_three_more() -> None:
    assert suppressed([[20, 0], [30, 40]]) == [[20, 0, 20], [30, 40, 70], [50, 40, 90]]
    assert suppressed([[5, 20], [30, 40]]) == [[None, None, 25], [None, None, 70], [35, 60, 95]]
    assert suppressed([]) == []
