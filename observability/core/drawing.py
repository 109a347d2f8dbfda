"""Pure: where the lines of small drawings go: a trend in its tile, a bar on a line of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 200.0, 44.0, 4.0
THINNEST = 0.5  # percent of the width: a span of a microsecond is still seen

Value = float | int | Decimal | None


@dataclass(frozen=True, slots=True)
class Trend:
    """A sparkline in a box of 200 by 44: unbroken runs of points, the target's height, the last point.

    `rest` is the box from the last known point to the end, empty where the last value is known.
    """

    runs: list[str]
    area: str
    goal: float | None
    last: tuple[float, float] | None
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar on a line of time, in percent of its width."""

    left: float
    width: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width


def trend(values: Sequence[Value], target: Value = None) -> Trend:
    """Lay out a series, oldest first; an unknown value (None) is a gap, not a zero."""
    known = [float(value) for value in values if value is not None]
    if not known:
        return Trend(runs=[], area="", goal=None, last=None)
    goal = None if target is None else float(target)
    reach = [*known, *([] if goal is None else [goal])]
    low, high = min(reach), max(reach)
    flat = high == low
    step = WIDTH / max(len(values) - 1, 1)

    def height(value: float) -> float:
        share = 0.5 if flat else (value - low) / (high - low)
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    points = [
        None if value is None else (round(place * step, 1), height(float(value)))
        for place, value in enumerate(values)
    ]
    runs = _runs(points)
    last = runs[-1][-1]
    area = f"{runs[-1][0][0]},{HEIGHT:g} {_line(runs[-1])} {last[0]},{HEIGHT:g}" if len(runs[-1]) > 1 else ""
    lines = [_line(run) for run in runs if len(run) > 1]
    corners = f"{last[0]:g},0 {WIDTH:g},0 {WIDTH:g},{HEIGHT:g} {last[0]:g},{HEIGHT:g}"
    rest = corners if values[-1] is None else ""
    return Trend(runs=lines, area=area, goal=None if goal is None else height(goal), last=last, rest=rest)


def _runs(points: list[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _line(run: list[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in run)


def bar(start: datetime, end: datetime | None, first: datetime, last: datetime) -> Bar:
    """Place what lasted from `start` to `end` (a moment when None) on the line from `first` to `last`."""
    whole = (last - first).total_seconds()
    if whole <= 0:
        return Bar(left=0.0, width=100.0 if end and end > start else THINNEST)
    left = _percent((start - first).total_seconds(), whole)
    right = _percent(((end or start) - first).total_seconds(), whole)
    left = min(left, 100.0 - THINNEST)
    return Bar(left=round(left, 3), width=round(max(right - left, THINNEST), 3))


def _percent(seconds: float, whole: float) -> float:
    return min(max(100.0 * seconds / whole, 0.0), 100.0)
