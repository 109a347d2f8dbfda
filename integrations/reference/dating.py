"""Pure: what holds on which days, when something new is said about some of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A value from the first day to the last, both included; None as the last is an open end."""

    value: int
    first: date
    last: date | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether the value holds on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def laid_over(
    known: Iterable[Stretch], *, value: int | None, first: date, last: date | None = None
) -> list[Stretch]:
    """Return what holds once `value` holds from `first` to `last`, whatever was said of these days before.

    None as the value leaves these days empty. The answer is in order of days, without overlap, and two
    neighbours of one value are one stretch.
    """
    kept = [part for stretch in known for part in _outside(stretch, first, last)]
    if value is not None:
        kept.append(Stretch(value, first, last))
    return _joined(sorted(kept, key=lambda stretch: stretch.first))


def _outside(stretch: Stretch, first: date, last: date | None) -> list[Stretch]:
    parts = []
    if stretch.first < first:
        before = first - DAY
        parts.append(replace(stretch, last=before if stretch.last is None else min(stretch.last, before)))
    if last is not None and (stretch.last is None or stretch.last > last):
        parts.append(replace(stretch, first=max(stretch.first, last + DAY)))
    return parts


def _joined(ordered: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for stretch in ordered:
        before = joined[-1] if joined else None
        if before and before.value == stretch.value and before.last and before.last + DAY == stretch.first:
            joined[-1] = replace(before, last=stretch.last)
        else:
            joined.append(stretch)
    return joined
