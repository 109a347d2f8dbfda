"""Pure: what holds on which days, when something new is said about some of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

DAY = timedelta(days=1)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Stretch(Generic[V]):
    """A value from the first day to the last, both included; None as the last is an open end."""

    value: V
    first: date
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the value holds on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def laid_over(
    known: Iterable[Stretch[V]], *, value: V | None, first: date, last: date | None = None
) -> list[Stretch[V]]:
    """Return what holds once `value` holds from `first` to `last`, whatever was said of these days before.

    None as the value leaves these days empty. The answer is in order of days, without overlap, and two
    neighbours of one value are one stretch.
    """
    kept = [part for stretch in known for part in _outside(stretch, first, last)]
    if value is not None:
        kept.append(Stretch(value, first, last))
    return _joined(sorted(kept, key=lambda stretch: stretch.first))


def uncovered(
    known: Iterable[Stretch[V]], first: date, last: date | None = None
) -> list[tuple[date, date | None]]:
    """Return the days from `first` to `last` on which nothing holds, as first and last days."""
    gaps = [Stretch(True, first, last)]
    for stretch in known:
        gaps = laid_over(gaps, value=None, first=stretch.first, last=stretch.last)
    return [(gap.first, gap.last) for gap in gaps]


def shared(stretch: Stretch[V], first: date, last: date | None = None) -> Stretch[V] | None:
    """Return the part of a stretch that lies within these days, if any does."""
    start = max(stretch.first, first)
    ends = [day for day in (stretch.last, last) if day is not None]
    end = min(ends) if ends else None
    return None if end is not None and end < start else replace(stretch, first=start, last=end)


def _outside(stretch: Stretch[V], first: date, last: date | None) -> list[Stretch[V]]:
    parts = []
    if stretch.first < first:
        before = first - DAY
        parts.append(replace(stretch, last=before if stretch.last is None else min(stretch.last, before)))
    if last is not None and (stretch.last is None or stretch.last > last):
        parts.append(replace(stretch, first=max(stretch.first, last + DAY)))
    return parts


def _joined(ordered: Iterable[Stretch[V]]) -> list[Stretch[V]]:
    joined: list[Stretch[V]] = []
    for stretch in ordered:
        before = joined[-1] if joined else None
        if before and before.value == stretch.value and before.last and before.last + DAY == stretch.first:
            joined[-1] = replace(before, last=stretch.last)
        else:
            joined.append(stretch)
    return joined
