"""Pure: one row of a file or a form about an entity, and from when until when it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from integrations.catalogue.plans import Row
from integrations.catalogue.reference_kinds import Kind
from integrations.catalogue.register_fields import Field, Known, Refused, clean
from integrations.catalogue.register_files import Shape
from integrations.models import BEGINNING
from integrations.reference import timelines
from integrations.reference.dating import Stretch, shared
from integrations.reference.timelines import Timeline, Values

DAYS = (
    Field("valid_from", "Holds from", "day", "The first day. Empty: today; since ever where it is new."),
    Field("valid_to", "Holds until", "day", "The last day. Empty: as long as it lasts."),
    Field("ends_on", "Ends on", "day", "Its last day: nothing holds of it afterwards."),
)


def shape(kinds: Mapping[str, Kind]) -> Shape:
    """Return what files of reference data hold."""
    return Shape(
        {name: (kind.fields[0], *DAYS, *kind.fields[1:]) for name, kind in kinds.items()},
        {name: kind.plural.lower().replace(" ", "_") for name, kind in kinds.items()},
    )


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a row says of an entity from `first` to `last`, and the day on which it ends the entity."""

    said: Values
    first: date
    last: date | None
    ends_on: date | None

    def meets(self, other: "Spoken") -> bool:
        """Say whether both speak of a day."""
        return shared(Stretch(True, self.first, self.last), other.first, other.last) is not None

    def over(self, known: Timeline, kind: Kind) -> Timeline:
        """Return what holds once this is said. Raises Refused where nothing would."""
        blank = {spec.name: "" for spec in kind.fields if spec.name != "code"}
        told = known
        if self.said or not known:
            told = timelines.said_over(known, self.said, blank=blank, first=self.first, last=self.last)
        if self.ends_on is not None:
            told = timelines.ended(told, self.ends_on)
        if not told:
            raise Refused("ends_before_start", name="ends_on")
        return told


def spoken_of(row: Row, kind: Kind, before: Timeline, known: Known, today: date) -> Spoken:
    """Return what a row says, each value in its one way to be written. Raises Refused.

    Without a first day it speaks from today to the last day on record; of something new, since ever.
    """
    specs = {spec.name: spec for spec in (*kind.fields, *DAYS)}
    said = {name: clean(specs[name], text, known) for name, text in row.values.items()}
    clean(specs["code"], said.pop("code", ""), known)
    first, last, ends_on = (_day(said.pop(spec.name, "")) for spec in DAYS)
    if first is None and before:
        first = max(before[0].first, min(today, ends_on or today))
        end = before[-1].last
        if end is not None and end < first:
            if said.items() - before[-1].value.items():
                raise Refused("ended_already", name="valid_from")
            said, first = {}, end  # as it was when it ended: nothing new
        last = end if last is None else last
    first = first or BEGINNING
    if last is not None and last < first:
        raise Refused("ends_before_start", name="valid_to")
    return Spoken(said, first, last, ends_on)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def whole(kind: Kind, timeline: Timeline) -> None:
    """Check that nothing needed is missing on any day. Raises Refused."""
    for stretch in timeline:
        for spec in kind.fields:
            if spec.required and spec.name != "code" and not stretch.value.get(spec.name):
                raise Refused("value_missing", name=spec.name)
