"""Everything that the board and the pages of measures read, each query once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings

from kpis.catalogue import COHORT_KPIS, HELD, K01, Kpi
from kpis.catalogue.figure import NOTHING, Figure, Sums, is_immature
from kpis.forms import Asked
from kpis.queries.freshness import HeardFacility, counted_until, facilities_heard, zones
from kpis.queries.places import PlaceSeen, places_of
from kpis.queries.values import (
    Standing,
    Stored,
    StoredDay,
    standing,
    stored_by_day,
    stored_by_facility,
)
from kpis.queries.window import Window
from kpis.rollup.consume import WORKFLOWS
from kpis.show import links
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from tracing.declarations import domains

WEEKLY_FROM = 60  # days; a longer trend shows weeks
OfMeasure = TypeVar("OfMeasure", Stored, StoredDay)


class NoSuchFacility(LookupError):
    """No facility of this code is in scope."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The facilities in scope, those chosen of them, and the zone their moments are shown in."""

    facilities: Sequence[HeardFacility]
    chosen: Sequence[HeardFacility]
    scope: Scope
    zone: str
    places: Sequence[PlaceSeen] = ()  # networks and regions to choose from
    place: PlaceSeen | None = None  # the chosen one

    def within(self, window: Window) -> Window:
        """Return a window that counts only days on which a facility lay within the chosen place."""
        return replace(window, place=self.place.id if self.place else None)

    @property
    def expected(self) -> Sequence[HeardFacility]:
        """Those of the chosen that may be heard from: not what was closed before, or opened since."""
        return [f for f in self.chosen if f.there or f.heard] or self.chosen

    @property
    def heard(self) -> int:
        """How many of the chosen were heard from."""
        return sum(f.heard for f in self.chosen)

    @property
    def covered(self) -> bool:
        """Say whether all chosen facilities that may be heard from were."""
        return self.heard == len(self.expected)


@dataclass(frozen=True, slots=True)
class Point:
    """One day or week of a trend; `undecided` of its units are still open."""

    day: date
    sums: Sums
    undecided: int

    @classmethod
    def of(cls, day: date, rows: Sequence[StoredDay]) -> "Point":
        """Return the point that begins on `day`, of all days that it stands for."""
        sums = Sums(
            sum((row.numerator for row in rows), NOTHING),
            sum((row.denominator for row in rows), NOTHING),
            sum(row.units for row in rows),
        )
        return cls(day, sums, sum(row.undecided for row in rows))

    @property
    def value(self) -> Decimal | None:
        """Numerator over denominator; None without a denominator."""
        return self.sums.numerator / self.sums.denominator if self.sums.denominator else None

    @property
    def immature(self) -> bool:
        """Say whether too many of its units are undecided for its rate to be the last word."""
        return is_immature(self.sums.units, self.undecided)

    @property
    def settled(self) -> Decimal | None:
        """The rate where it is the last word; None while it is immature, as it would start at nothing."""
        return None if self.immature else self.value

    @property
    def so_far(self) -> Decimal | None:
        """The rate of an immature point of which something is decided; None of any other."""
        return self.value if self.immature and self.undecided < self.sums.units else None

    @property
    def decided_share(self) -> Decimal | None:
        """The share of its units that are decided; None without any."""
        return 1 - Decimal(self.undecided) / self.sums.units if self.sums.units else None


@dataclass(frozen=True, slots=True)
class Reading:
    """Stored figures of one page."""

    asked: Asked
    chosen: Chosen
    as_of: datetime
    parts: Mapping[str, Sequence[Stored]]  # by measure, as the days
    days: Mapping[str, Sequence[StoredDay]]
    held: Sequence[Standing]
    rest_seconds: float = 0  # that a past day waits between two counts

    def figure(self, kpi: Kpi, *, facility_id: int | None = None) -> Figure:
        """Return one measure's figure, of all chosen facilities or of one."""
        rows: Iterable[Stored | Standing] = (
            (row for row in self.held if row.grain == "part") if kpi is HELD else self.parts.get(kpi.key, ())
        )
        return Figure.of(
            kpi, ((row.name, row.sums) for row in rows if facility_id in (None, row.facility_id))
        )

    def before(self, kpi: Kpi) -> Decimal | None:
        """Return the ratio of the window before, of the same length.

        None where most of its days hold nothing: what began to be followed in its middle is no measure.
        """
        days = [d for d in self.days.get(kpi.key, ()) if d.day < self.asked.start and d.units]
        return _ratio(days) if len(days) * 2 >= self.asked.days else None

    def trend(self, kpi: Kpi) -> list[Point]:
        """Return each day of the window, or each week of a long one; those without any sums too."""
        step = 7 if self.asked.days > WEEKLY_FROM else 1
        start = self.asked.start
        slots: dict[int, list[StoredDay]] = {n: [] for n in range(0, self.asked.days, step)}
        for row in self.days.get(kpi.key, ()):
            if row.day >= start:
                slots[(row.day - start).days // step * step].append(row)
        return [Point.of(start + timedelta(days=n), days) for n, days in slots.items()]

    def listed(self, kpi: Kpi, part: str | None, **more: str | None) -> str | None:
        """Return the list behind a number; None for who may not see all of its transactions."""
        scope, domain = self.chosen.scope, domains().get(kpi.workflow)
        if not all(scope.allows_at(Permission.SEE_TRANSACTIONS, f.id, domain) for f in self.chosen.chosen):
            return None
        return links.listed(kpi, self.asked, part, **more)

    def leads(self, url: str) -> str | None:
        """Return an address for whoever may follow it; None for a wall display, which holds no permission."""
        return url if self.chosen.scope.allows(Permission.SEE_BOARD) else None

    @property
    def held_as_of(self) -> datetime | None:
        """When the money that stands still was looked at."""
        return min((row.computed_at for row in self.held if row.grain == "facility"), default=None)


def _by_measure(rows: Iterable[OfMeasure]) -> dict[str, list[OfMeasure]]:
    found: dict[str, list[OfMeasure]] = {}
    for row in rows:
        found.setdefault(row.kpi, []).append(row)
    return found


def _ratio(days: Sequence[StoredDay]) -> Decimal | None:
    denominator = sum(day.denominator for day in days)
    return sum(day.numerator for day in days) / denominator if denominator else None


def today(*, scope: Scope, at: datetime) -> date:
    """Return the latest day that has begun at any facility in scope."""
    return max((at.astimezone(ZoneInfo(zone)).date() for zone in zones(scope=scope)), default=at.date())


def choose(*, scope: Scope, asked: Asked) -> Chosen:
    """Return the facilities of a page: one by its code, those of a region or network by its, or all.

    Raises NoSuchFacility, also for what is out of scope.
    """
    facilities = facilities_heard(scope=scope, window=asked.window)
    places = places_of(scope=scope, window=Window(asked.before.start, asked.stop))
    place = next((each for each in places if each.code == asked.facility), None)
    chosen = [
        f
        for f in facilities
        if asked.facility in ("", f.code) or (place is not None and f.id in place.facilities)
    ]
    if asked.facility and not chosen:
        raise NoSuchFacility(asked.facility)
    zones = {f.zone for f in chosen}
    narrowed = scope.among(f.id for f in chosen) if asked.facility else scope
    zone = zones.pop() if len(zones) == 1 else "UTC"
    return Chosen(facilities, chosen, narrowed, zone, places, place)


def read(*, scope: Scope, asked: Asked, at: datetime, kpis: Sequence[Kpi] = COHORT_KPIS) -> Reading:
    """Read the stored figures of `kpis` for a page, with the window before for comparison."""
    chosen = choose(scope=scope, asked=asked)
    cohort = [kpi for kpi in kpis if kpi is not HELD] or [K01]
    whole = chosen.within(Window(asked.before.start, asked.stop))
    return Reading(
        asked=asked,
        chosen=chosen,
        as_of=counted_until(scope=chosen.scope, workflows=WORKFLOWS, at=at),
        parts=_by_measure(
            stored_by_facility(scope=chosen.scope, kpis=cohort, window=chosen.within(asked.window))
        ),
        days=_by_measure(stored_by_day(scope=chosen.scope, kpis=cohort, window=whole)),
        held=standing(scope=chosen.scope, version=HELD.version, window=chosen.within(Window())),
        rest_seconds=settings.KPI_OLD_BUCKET_SECONDS,
    )
