"""Pure: which facility an event belongs to, what its codes mean there, and when a day of it begins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from integrations.catalogue.code_kinds import FACILITY
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.records import EPOCH, micros

CACHED_DAYS = 4_096
DAY_US = 86_400_000_000
ANYWHERE = "*"  # the authority of codes that every facility uses alike

Name = tuple[str, str]  # authority, code


@dataclass(frozen=True, slots=True)
class Place:
    """A facility as the edge needs it."""

    id: int
    code: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means on some days, counted from 1970; `target` None: it is known not to be ours."""

    first: int
    last: int | None
    facility_id: int | None = None
    target: str | None = None  # the canonical code of a department or entity

    def holds_on(self, day: int) -> bool:
        """Say whether it holds on a day."""
        return self.first <= day and (self.last is None or day <= self.last)


def day_of(at_us: int) -> int:
    """Return the UTC day of a moment, counted from 1970."""
    return at_us // DAY_US


def day_number(day: date) -> int:
    """Return a day as counted from 1970."""
    return (day - EPOCH.date()).days


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Every facility, by our code and by the dated codes that other authorities have for it."""

    by_id: Mapping[int, Place] = field(default_factory=dict)
    by_code: Mapping[str, Place] = field(default_factory=dict)
    meanings: Mapping[tuple[str, str, str], Sequence[Meaning]] = field(default_factory=dict)
    departments: frozenset[str] = frozenset()  # our own codes of them

    def resolve(
        self,
        names: Iterable[Name],
        code: str | None,
        day: int,
        *,
        default_id: int,
        granted: frozenset[int],
    ) -> tuple[Place, bool]:
        """Return the facility of an event of a day, and whether its own names for it were all unknown.

        The message's identifiers come first, then our code, then the connector's own facility.
        Raises RejectedItem for an unknown code and for a facility outside the grant.
        """
        named = decided = False
        for authority, name in names:
            named = True
            found = self.meaning(FACILITY, authority, name, day)
            if found is None:
                continue
            if found.facility_id is not None:
                return _granted(self.by_id[found.facility_id], granted), False
            decided = True  # not ours, says somebody who knows: nothing is missing
        place = self.by_code.get(code) if code else self.by_id.get(default_id)
        if place is None:
            raise RejectedItem("unknown_facility")
        return _granted(place, granted), named and not decided

    def meaning(self, kind: str, authority: str, code: str, day: int) -> Meaning | None:
        """Return what a code means on a day, None where nobody said."""
        for each in self.meanings.get((kind, authority, code), ()):
            if each.holds_on(day):
                return each
        return None

    def knows(self, kind: str, authority: str, code: str) -> bool:
        """Say whether anything was ever said about a code."""
        return (kind, authority, code) in self.meanings

    def said_of(self, kind: str, authority: str, place: Place, code: str, day: int) -> Meaning | None:
        """Return what a code means to who issues it: this register, or with none the facility itself."""
        if authority:
            return self.meaning(kind, authority, code, day)
        return self.meaning(kind, place.code, code, day) or self.meaning(kind, ANYWHERE, code, day)

    def canonical(
        self, kind: str, place: Place, code: str | None, day: int, authority: str = ""
    ) -> str | None:
        """Return our code for what a facility, or a register, calls `code`, else `code` itself."""
        if code is None or not self.meanings:
            return code
        found = self.said_of(kind, authority, place, code, day)
        return code if found is None or found.target is None else found.target


def _granted(place: Place, granted: frozenset[int]) -> Place:
    if place.id not in granted:
        raise RejectedItem("facility_not_granted")
    return place


def moment_of(time_us: int, place: Place, *, by_day: bool, by_clock: bool) -> int:
    """Return when it happened. Standards without zones say a day, or what the sender's clock showed."""
    if by_day:
        return local_midnight(time_us, place.zone)
    return local_clock(time_us, place.zone) if by_clock else time_us


def local_clock(at_us: int, zone: ZoneInfo) -> int:
    """Return the moment at which clocks in `zone` show what UTC clocks show at `at_us`, in microseconds."""
    return micros((EPOCH + timedelta(microseconds=at_us)).replace(tzinfo=zone))


@lru_cache(maxsize=CACHED_DAYS)
def local_midnight(at_us: int, zone: ZoneInfo) -> int:
    """Return the moment at which the UTC day of `at_us` begins in `zone`, in microseconds."""
    day = (EPOCH + timedelta(microseconds=at_us)).replace(hour=0, minute=0, second=0, microsecond=0)
    return micros(day.replace(tzinfo=zone))
