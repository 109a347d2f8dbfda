"""The statuses of a 277CA (STC): category, code and entity, and how the category counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from integrations.adapters.x12.elements import parse_code
from integrations.adapters.x12.segments import Segment

OUTCOMES: Final = {
    "A0": "pending",
    "A1": "received",
    "A2": "accepted",
    "A3": "rejected",
    "A4": "pending",
    "A5": "accepted",
    "A6": "rejected",
    "A7": "rejected",
    "A8": "rejected",
}
# Of several statuses the first of these decides.
DECIDING: Final = ("rejected", "accepted", "pending", "received")
STATUS_ELEMENTS: Final = (1, 10, 11)


@dataclass(frozen=True, slots=True)
class Status:
    """One status of one STC: `category:code:entity`, in force since `day`."""

    category: str
    reason: str
    entity: str
    segment: Segment

    @property
    def outcome(self) -> str:
        """How the category counts; one we do not know counts as pending."""
        return OUTCOMES.get(self.category, "pending")


def statuses(stc: Segment) -> list[Status]:
    """Return the one to three statuses of an STC."""
    found = []
    for element in STATUS_ELEMENTS:
        parts = [parse_code(stc.part(element, component)) for component in (1, 2, 3)]
        if parts[0]:
            found.append(Status(parts[0], ":".join(parts).rstrip(":"), parts[2], stc))
    return found


def deciding(found: Sequence[Status]) -> Status:
    """Return the status that decides: the worst that is final, else the furthest."""
    return min(found, key=lambda status: DECIDING.index(status.outcome))
