"""A transaction set as a run of items (claims), each made of the segments up to the next one."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Final

from integrations.adapters.x12.elements import parse_amount
from integrations.adapters.x12.envelope import SetHeader
from integrations.adapters.x12.events import Event
from integrations.adapters.x12.findings import Finding, UnreadableError
from integrations.adapters.x12.segments import UNREADABLE, Segment

CONTROL_CHARACTERS: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_KEY: Final = 80
UNKNOWN_NUMBER: Final = "0"


class ItemReader(ABC):
    """Reads one set, one item at a time; an item goes out when the next segment shows that it is whole."""

    item_name: ClassVar[str]

    def __init__(self, header: SetHeader) -> None:
        self.header = header
        self.position = 0
        self.speaks_beyond_items = False  # the set says something although it holds no item
        self._item: list[Segment] = []
        self._damaged = False  # a segment above the items was lost, so what they inherit is not known

    @abstractmethod
    def starts_item(self, segment: Segment) -> bool:
        """Whether an item begins with this segment."""

    @abstractmethod
    def ends_item(self, segment: Segment) -> bool:
        """Whether the item before this segment is whole."""

    @abstractmethod
    def note(self, segment: Segment) -> Iterator[Event | Finding]:
        """Take what items inherit from a segment outside of them."""

    @abstractmethod
    def read_item(self, item: list[Segment]) -> Iterator[Event | Finding]:
        """Return the event of a whole item. Raises UnreadableError."""

    def feed(self, segment: Segment) -> Iterator[Event | Finding]:
        """Take the next segment of the set."""
        if self._item and (self.ends_item(segment) or self.starts_item(segment)):
            yield from self._flush()
        if self._item or self.starts_item(segment):
            self._item.append(segment)
        elif segment.id == UNREADABLE:
            self._damaged = True
        else:
            yield from self.note(segment)

    def close(self, segment_number: int, *, complete: bool) -> Iterator[Event | Finding]:
        """End the set. Of a set that broke off, the last item may lack lines, so it is held back."""
        if self._item and not complete:
            self.position += 1
            words = f"the set breaks off inside this {self.item_name}; it was not sent"
            yield Finding(self._item[0].number, "claim_incomplete", words)
        elif self._item:
            yield from self._flush()
        if complete and not self.position and not self.speaks_beyond_items:
            yield Finding(segment_number, "no_claims", f"the set holds no {self.item_name}")

    def _flush(self) -> Iterator[Event | Finding]:
        item, self._item = self._item, []
        self.position += 1
        try:
            if self._damaged or any(segment.id == UNREADABLE for segment in item):
                words = f"a segment of this {self.item_name} or above it could not be read; it was not sent"
                raise UnreadableError(item[0].number, "claim_damaged", words)
            yield from self.read_item(item)
        except UnreadableError as unreadable:
            yield unreadable.finding


def usable_key(segment: Segment, index: int) -> str:
    """Return an identifier, or "" where it is too long or holds what no system can store."""
    value = segment.get(index)
    return "" if len(value) > LONGEST_KEY or CONTROL_CHARACTERS.search(value) else value


def required_claim_number(segment: Segment, index: int) -> str:
    """Return the claim number. Raises UnreadableError.

    A payer that does not know the number writes a single zero: taken for one it would make one claim of all.
    """
    number = usable_key(segment, index)
    if number in {"", UNKNOWN_NUMBER}:
        words = "the claim number is missing, 0 (not known), too long or holds control characters; not sent"
        raise UnreadableError(segment.number, "claim_number_unusable", words)
    return number


def required_amount(segment: Segment, index: int) -> str:
    """Return an amount that must be there. Raises UnreadableError."""
    amount = parse_amount(segment.get(index))
    if amount is None:
        words = f"{segment.id}{index:02} is not a number; the claim was not sent"
        raise UnreadableError(segment.number, "amount_unreadable", words)
    return amount


def optional_amount(segment: Segment, index: int) -> str | None:
    """Return an amount that may be absent. Raises UnreadableError if it is there and no number."""
    return required_amount(segment, index) if segment.get(index) else None
