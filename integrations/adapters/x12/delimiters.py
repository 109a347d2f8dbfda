"""The ISA segment: the only fixed-width one, because it declares the separators of all that follow."""

import re
from dataclasses import dataclass
from typing import Final

HEADER: Final = re.compile(r"ISA[^A-Za-z0-9 \r\n]")
WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
ELEMENTS: Final = len(WIDTHS)
# Longest text in which the header must be complete: 106 characters, with room for line breaks and bad widths.
SEARCH: Final = 400
NEWLINES: Final = "\r\n"


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The separators one interchange uses. `repetition` is empty before version 00402."""

    element: str
    component: str
    repetition: str
    segment: str


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed ISA: its elements (index 1 = ISA01), the separators, where the next segment starts."""

    elements: tuple[str, ...]
    delimiters: Delimiters
    end: int
    fixed_width: bool


def parse_header(text: str) -> Header | None:
    """Return the ISA that `text` begins with, or None if its separators cannot be told.

    Line breaks inside it are noise. Separators are found by counting elements, so that a wrong width
    of one element does not shift all others.
    """
    element = text[3]
    elements, at = _elements(text, element)
    if elements is None:
        return None
    component, at = _next_visible(text, at)
    terminator, at = _terminator(text, at)
    if len({element, component, terminator}) < 3 or not (_separates(component) and _separates(terminator)):
        return None
    if not re.fullmatch(r"[0-9]{5}", elements[12]) or not elements[13].strip():
        return None
    repetition = elements[11] if elements[12] >= "00402" and not elements[11].isalnum() else ""
    delimiters = Delimiters(element, component, repetition.strip(" "), terminator)
    elements = [*elements, component]
    fixed = tuple(len(value) for value in elements[1:]) == WIDTHS
    return Header(tuple(elements), delimiters, at, fixed)


def _elements(text: str, separator: str) -> tuple[list[str] | None, int]:
    """Return ISA and elements 1 to 15, and where element 16 starts."""
    elements, current = [], ""
    for at, character in enumerate(text[:SEARCH]):
        if character == separator:
            elements.append(current)
            current = ""
            if len(elements) == ELEMENTS:
                return elements, at + 1
        elif character not in NEWLINES:
            current += character
    return None, 0


def _next_visible(text: str, at: int) -> tuple[str, int]:
    while at < len(text) and text[at] in NEWLINES:
        at += 1
    return text[at : at + 1], at + 1


def _terminator(text: str, at: int) -> tuple[str, int]:
    """Return the segment terminator. A line break is one only if the next segment follows it."""
    visible, after = _next_visible(text, at)
    if after == at + 1:
        return visible, after
    if not _separates(visible):
        # CR LF: the LF is the terminator and the CR noise, so that lines ending in LF alone are cut too.
        at += text[at : at + 2] == "\r\n"
        return text[at], at + 1
    return visible, after


def _separates(character: str) -> bool:
    return bool(character) and character not in " \t" and not character.isalnum()
