"""Pure: what holds of an entity day by day, what is said of it anew, and what that changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from integrations.reference.dating import DAY, Stretch, laid_over, shared, uncovered

Values = Mapping[str, str]
Timeline = list[Stretch[Values]]
Written = list[tuple[str, str, dict[str, str]]]  # a timeline as JSON holds it: an open end is ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that becomes something else on some days; empty is "nobody said"."""

    field: str
    first: date
    last: date | None
    old: str
    new: str


def said_over(
    known: Timeline, said: Values, *, blank: Values, first: date, last: date | None = None
) -> Timeline:
    """Return what holds once `said` holds from `first` to `last`; a field that it leaves out stays.

    On days on which nothing holds, `blank` stands under it.
    """
    told = known
    for start, end in uncovered(known, first, last):
        told = laid_over(told, value={**blank, **said}, first=start, last=end)
    for stretch in known:
        part = shared(stretch, first, last)
        if part is not None:
            told = laid_over(told, value={**part.value, **said}, first=part.first, last=part.last)
    return told


def ended(known: Timeline, last: date) -> Timeline:
    """Return what holds if nothing does after `last`."""
    return laid_over(known, value=None, first=last + DAY)


def on(timeline: Timeline, day: date) -> Values | None:
    """Return what holds on a day."""
    return next((stretch.value for stretch in timeline if stretch.holds_on(day)), None)


def differences(before: Timeline, after: Timeline) -> list[Difference]:
    """Return what becomes different, by field and days; days next to each other stand together."""
    days = sorted({day for stretch in (*before, *after) for day in _edges(stretch)})
    found: dict[str, list[Difference]] = {}
    for n, first in enumerate(days):
        last = days[n + 1] - DAY if n + 1 < len(days) else None
        old, new = on(before, first) or {}, on(after, first) or {}
        for name in dict.fromkeys((*old, *new)):
            if old.get(name, "") != new.get(name, ""):
                _add(
                    found.setdefault(name, []),
                    Difference(name, first, last, old.get(name, ""), new.get(name, "")),
                )
    return [each for told in found.values() for each in told]


def _edges(stretch: Stretch[Values]) -> list[date]:
    return [stretch.first] if stretch.last is None else [stretch.first, stretch.last + DAY]


def _add(told: list[Difference], each: Difference) -> None:
    before = told[-1] if told else None
    follows = before is not None and before.last is not None and before.last + DAY == each.first
    if before is not None and follows and (before.old, before.new) == (each.old, each.new):
        told[-1] = replace(before, last=each.last)
    else:
        told.append(each)


def lacks_parent(own: Timeline, parents: Mapping[str, Timeline]) -> bool:
    """Say whether on some day an entity belongs to one that is not there on that day."""
    return any(
        stretch.value.get("parent")
        and uncovered(parents.get(stretch.value["parent"], []), stretch.first, stretch.last)
        for stretch in own
    )


def in_itself(code: str, timelines: Mapping[str, Timeline]) -> bool:
    """Say whether on some day the entity lies within itself; all timelines are of one kind."""
    ways: list[tuple[Stretch[Values], frozenset[str]]] = [(each, frozenset()) for each in timelines[code]]
    while ways:
        stretch, met = ways.pop()
        parent = stretch.value.get("parent", "")
        if parent == code:
            return True
        if parent and parent not in met:
            above = (shared(each, stretch.first, stretch.last) for each in timelines.get(parent, []))
            ways += [(each, met | {parent}) for each in above if each is not None]
    return False


def written(timeline: Timeline) -> Written:
    """Return a timeline as a plan keeps it."""
    return [
        (stretch.first.isoformat(), stretch.last.isoformat() if stretch.last else "", dict(stretch.value))
        for stretch in timeline
    ]


def read(kept: Iterable[tuple[str, str, Mapping[str, str]]]) -> Timeline:
    """Return the timeline that `written` wrote."""
    return [
        Stretch(values, date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for first, last, values in kept
    ]
