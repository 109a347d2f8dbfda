"""Cut a byte stream into segments, whatever separators each interchange declares."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from integrations.adapters.x12.delimiters import HEADER, SEARCH, Delimiters, parse_header
from integrations.adapters.x12.findings import Finding

CHUNK: Final = 1 << 16
LONGEST: Final = 1 << 20
# NUL padding and the old end-of-file mark count as empty space between interchanges.
NOISE: Final = " \t\r\n\x00\x1a\ufeff"
IDENTIFIER: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")
UNREADABLE: Final = "?"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `number` counts from 1 at the start of the file; blank ones do not count."""

    number: int
    id: str
    elements: tuple[str, ...]
    delimiters: Delimiters

    def get(self, index: int) -> str:
        """Return element `index` (1 = first after the identifier), its first repetition; "" if absent."""
        if index >= len(self.elements):
            return ""
        value = self.elements[index]
        if self.delimiters.repetition:
            value = value.split(self.delimiters.repetition, 1)[0]
        return _clean(value)

    def part(self, index: int, component: int) -> str:
        """Return a component (1 = first) of a composite element; "" if absent."""
        parts = self.get(index).split(self.delimiters.component)
        return parts[component - 1].strip(" ") if component <= len(parts) else ""


def _clean(value: str) -> str:
    """Return a value without padding; bytes that are no UTF-8 are read as Latin-1."""
    value = value.strip(" ")
    if not value.isascii() and any("\udc80" <= character <= "\udcff" for character in value):
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    return value


class Readable(Protocol):
    """A binary stream, as far as it is needed."""

    def read(self, size: int, /) -> bytes: ...


class Segments:
    """The segments of one file, in order, with findings between them where something is wrong.

    Holds one chunk and one segment in memory. Never raises for any content.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        # Undecodable bytes pass through as surrogates, so that any single byte can be a separator.
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0
        self._ended = False
        self._noise = NOISE
        self.number = 0

    def __iter__(self) -> Iterator[Segment | Finding]:
        seen = False
        while self._skip_noise():
            if not HEADER.match(self._text, self._at):
                yield self._lost(seen=seen)
                if not self._seek_header():
                    return
            seen = True
            yield from self._interchange()

    def _fill(self) -> bool:
        if self._ended:
            return False
        data = self._stream.read(CHUNK)
        self._ended = not data
        self._text = self._text[self._at :] + self._decoder.decode(data, final=self._ended)
        self._at = 0
        return True

    def _skip_noise(self) -> bool:
        """Move to the next character that is not noise; make a whole header visible. False at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in self._noise:
                self._at += 1
            if len(self._text) - self._at >= SEARCH or not self._fill():
                return self._at < len(self._text)

    def _lost(self, *, seen: bool) -> Finding:
        code = "text_outside_interchange" if seen else "isa_missing"
        words = "no ISA segment begins here; skipped to the next one, if any"
        return Finding(self.number + 1, code, words)

    def _seek_header(self) -> bool:
        while not (found := HEADER.search(self._text, self._at)):
            # Keep what may be the start of a header cut by the chunk.
            self._at = max(self._at, len(self._text) - 3)
            if not self._fill():
                self._at = len(self._text)
                return False
        self._at = found.start()
        return self._skip_noise()

    def _interchange(self) -> Iterator[Segment | Finding]:
        header = parse_header(self._text[self._at : self._at + SEARCH])
        self.number += 1
        if header is None:
            yield Finding(self.number, "isa_unreadable", "its separators cannot be told")
            self._at += 3
            self._seek_header()
            return
        self._at += header.end
        if not header.fixed_width:
            words = "an ISA element does not have its fixed width; read by counting separators"
            yield Finding(self.number, "isa_width", words)
        yield Segment(self.number, "ISA", header.elements, header.delimiters)
        yield from self._body(header.delimiters)

    def _body(self, delimiters: Delimiters) -> Iterator[Segment | Finding]:
        """Yield segments up to and with the IEA, or up to another ISA."""
        while (raw := self._raw(delimiters.segment)) is not None:
            text = raw if delimiters.segment in "\r\n" else raw.replace("\r", "").replace("\n", "")
            text = text.strip(NOISE.replace(delimiters.element, ""))
            if not text:
                continue
            self.number += 1
            segment = self._segment(text, delimiters)
            if len(text) > LONGEST:
                yield Finding(self.number, "segment_too_long", f"longer than {LONGEST} characters; left out")
            elif segment.id == UNREADABLE:
                yield Finding(self.number, "segment_unreadable", "no valid segment identifier")
            yield segment
            if segment.id == "IEA":
                self._noise = NOISE + delimiters.segment  # an empty segment is nothing here, too
                return

    def _segment(self, text: str, delimiters: Delimiters) -> Segment:
        if len(text) > LONGEST:
            return Segment(self.number, UNREADABLE, (), delimiters)
        elements = tuple(text.split(delimiters.element))
        name = elements[0].strip(" ")
        return Segment(self.number, name if IDENTIFIER.fullmatch(name) else UNREADABLE, elements, delimiters)

    def _raw(self, terminator: str) -> str | None:
        """Return the text up to the next terminator, or None at the end and where an ISA begins.

        A last segment without terminator counts only if it is the IEA: any other may be cut short.
        """
        if self._header_follows():
            return None
        start = self._at
        while (end := self._text.find(terminator, start)) < 0:
            scanned = len(self._text) - self._at
            if scanned > LONGEST:
                # Drop the middle of an endless segment; what remains is too long to pass for a good one.
                self._text, self._at = self._text[self._at : self._at + LONGEST + 1], 0
                scanned = len(self._text)
            if not self._fill():
                rest, self._at = self._text[self._at :], len(self._text)
                return rest if rest.strip(NOISE).startswith("IEA") else None
            start = self._at + scanned
        raw, self._at = self._text[self._at : end], end + len(terminator)
        return raw

    def _header_follows(self) -> bool:
        at = self._at
        while True:
            while at < len(self._text) and self._text[at] in NOISE:
                at += 1
            if at + 4 <= len(self._text):
                return HEADER.match(self._text, at) is not None
            consumed = self._at
            if not self._fill():
                return False
            at -= consumed
