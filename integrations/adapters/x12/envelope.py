"""Interchanges, functional groups and transaction sets: who sent what, and whether the trailers agree."""

from dataclasses import dataclass

from integrations.adapters.x12.segments import Segment


@dataclass(frozen=True, slots=True)
class Interchange:
    """One ISA..IEA."""

    sender: str
    receiver: str
    day: str
    clock: str
    control: str

    @classmethod
    def of(cls, isa: Segment) -> "Interchange":
        """Read the ISA."""
        return cls(*(isa.get(index) for index in (6, 8, 9, 10, 13)))


@dataclass(frozen=True, slots=True)
class Group:
    """One GS..GE. `control` is a number: leading zeros say nothing."""

    kind: str
    sender: str
    receiver: str
    day: str
    clock: str
    control: str
    version: str

    @classmethod
    def of(cls, gs: Segment) -> "Group":
        """Read the GS."""
        kind, sender, receiver, day, clock, control = (gs.get(index) for index in range(1, 7))
        return cls(kind, sender, receiver, day, clock, control_number(control), gs.get(8))


@dataclass(frozen=True, slots=True)
class SetHeader:
    """One ST..SE with all that it stands in. `ordinal` counts the sets of the interchange from 1."""

    interchange: Interchange
    group: Group
    type: str
    control: str
    version: str
    ordinal: int

    @property
    def identity(self) -> tuple[str | int, ...]:
        """What tells this set from every other: the same for the same file, whenever it is read."""
        isa, gs = self.interchange, self.group
        return (
            *(isa.sender, isa.receiver, isa.day, isa.clock, isa.control),
            *(gs.kind, gs.sender, gs.control, gs.version),
            *(self.type, self.control, self.ordinal),
        )

    @property
    def group_name(self) -> str:
        """The group as acknowledgements refer to it."""
        return f"{self.group.sender}/{self.group.control}"

    @property
    def set_name(self) -> str:
        """The set as acknowledgements refer to it."""
        return f"{self.group_name}/{self.control}"


def control_number(text: str) -> str:
    """Return a numeric control number without leading zeros."""
    return text.lstrip("0") or text[:1]
