"""What a local code may stand for: places, and every declared kind of reference entity. Pure data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from integrations.catalogue import reference_kinds

FACILITY, DEPARTMENT, PAYER = "facility", "department", "payer"


@dataclass(frozen=True, slots=True)
class CodeKind:
    """One kind of thing that others have codes of their own for.

    `numbered`: its codes may be numbers as long as a person's; of other kinds such a number is dropped.
    `people`: one may be a person, so that a code without a digit may be a name.
    """

    name: str
    label: str
    plural: str
    numbered: bool = False
    people: bool = False

    @property
    def is_entity(self) -> bool:
        """Say whether it is kept as reference data rather than as a place."""
        return self.name not in (FACILITY, DEPARTMENT)


@cache
def code_kinds() -> Mapping[str, CodeKind]:
    """Return every kind by name, places first."""
    entities = reference_kinds.kinds().values()
    return {
        FACILITY: CodeKind(FACILITY, "Facility", "Facilities", numbered=True),
        DEPARTMENT: CodeKind(DEPARTMENT, "Department", "Departments"),
        **{
            each.name: CodeKind(each.name, each.label, each.plural, each.numbered, each.people)
            for each in entities
        },
    }
