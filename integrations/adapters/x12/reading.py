"""Read one X12 file into events and findings, as a stream; nothing in a file makes it raise."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from integrations.adapters.x12.claim_acks import ClaimAckReader
from integrations.adapters.x12.claims import ClaimReader
from integrations.adapters.x12.elements import parse_code, parse_count
from integrations.adapters.x12.envelope import Group, Interchange, SetHeader
from integrations.adapters.x12.events import Event
from integrations.adapters.x12.findings import Finding
from integrations.adapters.x12.remits import RemitReader
from integrations.adapters.x12.segments import UNREADABLE, Readable, Segment, Segments
from integrations.adapters.x12.set_acks import SetAckReader, interchange_ack

CLAIM_ACK_GUIDES = ("X214", "X167")


class SetReader(Protocol):
    """Turns the segments of one set into events."""

    def feed(self, segment: Segment) -> Iterator[Event | Finding]: ...

    def close(self, segment_number: int, *, complete: bool) -> Iterator[Event | Finding]: ...


def reader_for(header: SetHeader) -> SetReader | None:
    """Return a reader for a set, or None for a kind that is not read."""
    match header.type:
        case "837":
            return ClaimReader(header)
        case "835":
            return RemitReader(header)
        case "999" | "997":
            return SetAckReader(header)
        case "277" if any(guide in header.version for guide in CLAIM_ACK_GUIDES):
            return ClaimAckReader(header)
    return None


@dataclass(slots=True)
class Tally:
    """What was met in the files of one run."""

    interchanges: int = 0
    sets: Counter[str] = field(default_factory=Counter)
    _seen: set[int] = field(default_factory=set)

    def repeats(self, header: SetHeader) -> bool:
        """Whether a set of the same identity was met before. Keeps a number for each, not the set."""
        identity = hash(header.identity)
        repeated = identity in self._seen
        self._seen.add(identity)
        return repeated


def read_file(stream: Readable, name: str, tally: Tally | None = None) -> Iterator[Event | Finding]:
    """Yield the events of one file, and findings where they were met. Memory: one claim.

    `name` is put on every item; `tally` is added to as the file is read.
    """
    walk = _Walk(tally if tally is not None else Tally())
    segments = Segments(stream)
    for item in segments:
        found = iter((item,)) if isinstance(item, Finding) else walk.take(item)
        yield from (replace(each, file=name) for each in found)
    yield from (replace(each, file=name) for each in walk.end(segments.number))


class _Walk:
    """Where in the nesting of interchange, group and set the reading stands."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._isa: Interchange | None = None
        self._group: Group | None = None
        self._set: SetHeader | None = None
        self._reader: SetReader | None = None
        self._set_segments = 0
        self._groups = self._sets = self._sets_of_group = self._acks = 0
        self._told_outside = False

    def take(self, segment: Segment) -> Iterator[Event | Finding]:
        match segment.id:
            case "ISA":
                yield from self._open_interchange(segment)
            case "IEA":
                yield from self._close_interchange(segment)
            case "GS":
                yield from self._open_group(segment)
            case "GE":
                yield from self._close_group(segment)
            case "ST":
                yield from self._open_set(segment)
            case "SE":
                yield from self._close_set(segment)
            case "TA1" if self._isa and self._set is None:
                self._acks += 1
                yield interchange_ack(segment, self._isa, self._acks)
            case _:
                yield from self._inside(segment)

    def end(self, last: int) -> Iterator[Event | Finding]:
        """The file is over."""
        if self._isa is None:
            return
        levels = (("SE", self._set), ("GE", self._group), ("IEA", self._isa))
        missing = [trailer for trailer, level in levels if level]
        yield Finding(last, "truncated", f"the file ends here; missing: {', '.join(missing)}")
        yield from self._drop_set(last)

    def _open_interchange(self, segment: Segment) -> Iterator[Event | Finding]:
        if self._isa is not None:
            yield Finding(segment.number, "interchange_not_closed", "an interchange begins inside another")
            yield from self._drop_set(segment.number)
        self._isa, self._group = Interchange.of(segment), None
        self._groups = self._sets = self._acks = 0
        self._told_outside = False
        self._tally.interchanges += 1

    def _close_interchange(self, segment: Segment) -> Iterator[Event | Finding]:
        yield from self._leave_group(segment)
        if self._isa is not None:
            yield from _compare(segment, "functional groups", self._groups, self._isa.control)
        self._isa = None

    def _open_group(self, segment: Segment) -> Iterator[Event | Finding]:
        yield from self._leave_group(segment)
        self._group, self._sets_of_group, self._told_outside = Group.of(segment), 0, False
        self._groups += 1

    def _leave_group(self, segment: Segment) -> Iterator[Event | Finding]:
        yield from self._leave_set(segment)
        if self._group is not None:
            yield Finding(segment.number, "group_not_closed", f"{segment.id} comes before the GE")
            self._group = None

    def _close_group(self, segment: Segment) -> Iterator[Event | Finding]:
        yield from self._leave_set(segment)
        if self._group is None:
            yield from self._outside(segment)
            return
        yield from _compare(segment, "transaction sets", self._sets_of_group, self._group.control)
        self._group = None

    def _open_set(self, segment: Segment) -> Iterator[Event | Finding]:
        yield from self._leave_set(segment)
        if self._isa is None or self._group is None:
            yield from self._outside(segment)
            return
        self._sets += 1
        self._sets_of_group += 1
        self._set_segments, self._told_outside = 1, False
        kind, control = segment.get(1), segment.get(2)
        version = segment.get(3) or self._group.version
        self._set = SetHeader(self._isa, self._group, kind, control, version, self._sets)
        self._reader = reader_for(self._set)
        self._tally.sets[kind if self._reader else "not read"] += 1
        if self._reader is None:
            guide = version if re.fullmatch(r"[0-9A-Z]{3,12}", version) else ""
            words = f"transaction set {parse_code(kind) or '?'} {guide}".rstrip() + " is not read"
            yield Finding(segment.number, "set_type_not_read", words)
        elif self._tally.repeats(self._set):
            words = "a set with these control numbers and dates came before; its claims are the same events"
            yield Finding(segment.number, "set_repeated", words)

    def _leave_set(self, segment: Segment) -> Iterator[Event | Finding]:
        if self._set is not None:
            yield Finding(segment.number, "set_not_closed", f"{segment.id} comes before the SE")
            yield from self._drop_set(segment.number)

    def _drop_set(self, number: int) -> Iterator[Event | Finding]:
        if self._reader is not None:
            yield from self._reader.close(number, complete=False)
        self._set = self._reader = None

    def _close_set(self, segment: Segment) -> Iterator[Event | Finding]:
        if self._set is None:
            yield from self._outside(segment)
            return
        if self._reader is not None:
            yield from self._reader.close(segment.number, complete=True)
        yield from _compare(segment, "segments", self._set_segments + 1, self._set.control)
        self._set = self._reader = None

    def _inside(self, segment: Segment) -> Iterator[Event | Finding]:
        if self._set is None:
            yield from self._outside(segment)
            return
        self._set_segments += 1
        if self._reader is not None:
            yield from self._reader.feed(segment)

    def _outside(self, segment: Segment) -> Iterator[Finding]:
        """Tell once, not for each segment until the next set."""
        if not self._told_outside and segment.id != UNREADABLE:
            self._told_outside = True
            words = f"{segment.id} stands outside every transaction set or group; skipped to the next one"
            yield Finding(segment.number, "segment_outside_set", words)


def _compare(trailer: Segment, what: str, count: int, control: str) -> Iterator[Finding]:
    """Hold a trailer (SE, GE, IEA) against what was there."""
    said = parse_count(trailer.get(1))
    if said != count:
        words = f"{trailer.id}01 counts {'no' if said is None else said} {what}, there are {count}"
        yield Finding(trailer.number, "count_mismatch", words)
    if trailer.get(2).lstrip("0") != control.lstrip("0"):
        words = f"{trailer.id}02 is not the control number of its header"
        yield Finding(trailer.number, "control_mismatch", words)
