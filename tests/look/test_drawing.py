"""Small drawings say what the numbers say."""

from datetime import UTC, datetime, timedelta

import pytest

from observability.core import drawing

START = datetime(2026, 11, 24, tzinfo=UTC)


def test_what_is_not_known_at_the_end_of_a_trend_is_a_box_of_its_own() -> None:
    line = drawing.trend([1, 2, None, None, None])
    assert line.runs == ["0,40 50,4"]
    assert line.rest == "50,0 200,0 200,44 50,44"
    assert drawing.trend([1, None, 2]).rest == ""


def test_a_trend_rises_on_the_page_as_its_values_rise() -> None:
    line = drawing.trend([1, 2, 3])

    heights = [float(point.split(",")[1]) for point in line.runs[0].split()]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] == drawing.HEIGHT - drawing.MARGIN
    assert heights[-1] == drawing.MARGIN


def test_an_unknown_value_is_a_gap_and_not_a_zero() -> None:
    line = drawing.trend([5, 6, None, 6, 5])

    assert len(line.runs) == 2
    assert all(" 100," not in f" {run}" for run in line.runs)  # nothing is drawn at the third of five places


def test_a_target_outside_the_values_still_fits_into_the_box() -> None:
    line = drawing.trend([8, 9], target=2)

    assert line.goal == drawing.HEIGHT - drawing.MARGIN


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_known_value_is_no_line(values: list[None]) -> None:
    assert drawing.trend(values).last is None


def test_a_flat_series_lies_in_the_middle() -> None:
    assert drawing.trend([4, 4]).last == (drawing.WIDTH, drawing.HEIGHT / 2)


def test_a_bar_starts_and_ends_where_its_times_say() -> None:
    bar = drawing.bar(
        START + timedelta(hours=6), START + timedelta(hours=12), START, START + timedelta(days=1)
    )

    assert (bar.left, bar.width) == (25.0, 25.0)


def test_a_moment_is_thin_but_seen_and_never_outside() -> None:
    last = START + timedelta(days=1)

    assert drawing.bar(last, None, START, last).right == 100.0
    assert drawing.bar(START - timedelta(days=1), None, START, last).left == 0.0
    assert drawing.bar(START, None, START, START).width == drawing.THINNEST
