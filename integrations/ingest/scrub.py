"""Pure: take identifiers out of names and text before anything is stored. Linear in the text.

Technical text survives as far as it is made of words; whatever could be a person, a place, a date or a
number of any kind becomes a placeholder. Free text (error messages, log bodies) is never kept at all:
it becomes a known template, or nothing but a keyed fingerprint.
"""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

from integrations.ingest.scrub_words import KEEP, NAMES, TEMPLATES

NAME_LIMIT = 200
TEXT_LIMIT = 4_096
CACHED_TEXTS = 16_384
FINGERPRINT_BYTES = 8

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
# Every alternative starts with a distinct class and repeats bounded classes only: no backtracking to fear.
_SURE = re.compile(
    r"(?P<url>\b[a-z][a-z0-9+.-]{1,15}://\S+|\bwww\.\S+)"
    r"|(?P<email>[\w.+%'-]{1,64}@[\w.-]{1,120})"
    r"|(?P<query>\?\S+=\S*)"
    r"|(?P<path>(?:/home/|/users/|[a-z]:\\users\\)\S+)"
    r"|(?P<ip>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:]))"
    rf"|(?P<date>\b\d{{1,2}}(?:st|nd|rd|th)?[ -]{_MONTH}[ ,-]{{1,2}}\d{{2,4}}\b"
    rf"|\b{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?:, ?| )\d{{2,4}}\b)"
    r"|(?P<address>\b\d{1,6} (?:[nsew]\.? )?[a-z]{2,20}(?: [a-z]{2,20})? "
    r"(?:st|street|ave|avenue|rd|road|blvd|boulevard|ln|lane|dr|drive|ct|court|way|pl|place)\b\.?)"
    r"|(?P<person>\b(?:mr|mrs|ms|miss|dr|patient|pt|member|subscriber|guarantor|name|first_?name|last_?name"
    r"|dob|ssn|mrn)\b\.?"
    r"(?: ?[:=#] ?| )(?:[a-z'-]{2,30}[,^ ]{1,2}[a-z'-]{2,30}\b|[^\s,;/]{1,60}))"
    r"|(?P<label>\b(?:account|acct|claim|policy|encounter|visit|order|license|licence|plate|vin|serial|device"
    r"|fax|phone|tel|zip|user|login|username|email|address)\b ?[:=#] ?[^\s,;/]{1,60})"
    r"|(?P<handle>(?<!\w)@\w{2,40})"
    r"|(?P<caret>[a-z'-]{2,30}\^(?![a-z]\d\d\b)[a-z^'-]{1,60})"
    r"|(?P<number>(?<!\w)[+(]?\d[\d().,/: -]{1,30}\d(?!\w))",
    re.IGNORECASE,
)
_FAMILY_FIRST = re.compile(r"\b[A-Z][A-Za-z'-]{1,30}, ?[A-Z][A-Za-z'-]{1,30}\b")
_PERSON_LOOKS = re.compile(
    r"(?P<lead>mr|mrs|ms|miss|dr|patient|pt|member|subscriber|guarantor)\.? (?P<rest>\S.*)", re.I
)
_WORD = re.compile(r"[A-Za-z0-9_À-ÿ]+(?:[-'][A-Za-z0-9_À-ÿ]+)*")
_PIECE = re.compile(r"[-_']")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SHORT_CODE = re.compile(
    r"[A-Za-z]{1,14}\d{1,2}\Z|v\d{1,3}\Z|\d{1,2}\Z|\d{1,2}(?:st|nd|rd|th|ms|s|m|h|d|x)\Z", re.I
)
_DIGITS = re.compile(r"\d")
_QUOTED = re.compile(r"'[^']{0,200}'|\"[^\"]{0,200}\"|`[^`]{0,200}`")
_NUMBERS = re.compile(r"[0-9a-f]*\d[0-9a-fA-F.:-]*")
_HELD = re.compile(
    r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)|[\w.+-]{1,64}@[\w-]{1,64}\.|://|(?<!\d)(?:\d{1,3}\.){3}\d{1,3}(?!\d)"
    r"|(?<!\d)(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?!\d)"
    r"|\b(?:mrn|ssn|dob|patient|name)\b ?[:=#]|[A-Za-z]{2,30}\^[A-Za-z]",
    re.IGNORECASE,
)


def holds_identifier(text: str) -> bool:
    """Say whether a code or name plainly holds an identifier of a person (a number, an address, a name)."""
    return _HELD.search(text) is not None or _two_names(text)


def _two_names(text: str) -> bool:
    words = [word.lower() for word in re.split(r"[ ,.]+", text[:NAME_LIMIT])]
    return any(a in NAMES and b in NAMES for a, b in pairwise(words))


@lru_cache(maxsize=CACHED_TEXTS)
def scrub_name(text: str) -> str:
    """Return a span's name without identifiers, at most NAME_LIMIT characters; `unknown` where empty."""
    return scrub(text[:NAME_LIMIT]) or "unknown"


@lru_cache(maxsize=CACHED_TEXTS)
def scrub_value(text: str, limit: int) -> str:
    """Return the value of an allow-listed technical attribute without identifiers."""
    return scrub(text[:limit])


def scrub(text: str) -> str:
    """Return `text` with every identifier replaced by a placeholder, control characters by a space."""
    plain = _CONTROL.sub(" ", text).strip()
    return _WORD.sub(_word, _SURE.sub(_sure, _FAMILY_FIRST.sub("{name}", plain)))


def _sure(found: re.Match[str]) -> str:
    kind, whole = found.lastgroup or "", found[0]
    if kind == "number":
        return whole if whole in KEEP or _is_clean_number(whole) else "{n}"
    if kind == "person":
        return _person(whole)
    if kind == "label":
        label = re.match(r"\w+", whole)
        return f"{label[0]}={{id}}" if label else "{id}"
    return f"{{{kind}}}" if kind != "caret" else "{name}"


def _person(whole: str) -> str:
    """Keep `patient lookup`; take away `Patient John Smith` and anything after a separator."""
    label = re.match(r"\w+", whole)
    lead = label[0] if label else ""
    looks = _PERSON_LOOKS.match(whole)
    if looks and not re.search(r"[:=#\d^]", looks["rest"]):
        words = re.split(r"[,^ ]+", looks["rest"])
        title = lead.lower() in {"mr", "mrs", "ms", "miss", "dr"}
        if not title and not any(word[:1].isupper() and word.lower() not in KEEP for word in words):
            return whole
    elif not re.search(r"[:=#^]|\d", whole) and lead.lower() not in {"mr", "mrs", "ms", "miss", "dr"}:
        return whole
    return f"{lead} {{name}}"


def _is_clean_number(whole: str) -> bool:
    return len(_DIGITS.findall(whole)) <= 2


def _word(found: re.Match[str]) -> str:
    word = found[0]
    pieces = _PIECE.split(word)
    if all(_is_plain(piece) for piece in pieces):
        return word
    return "{name}" if not _DIGITS.search(word) else _numbered(word, pieces)


def _numbered(word: str, pieces: list[str]) -> str:
    # Words around a number stay (`get-user-12345`); mixed pieces (a member number) go as a whole.
    if all(_is_plain(piece) or piece.isdigit() for piece in pieces):
        return re.sub(r"\d{3,}", "{n}", word)
    return "{id}"


def _is_plain(piece: str) -> bool:
    lowered = piece.lower()
    if lowered in KEEP:
        return True
    if not _DIGITS.search(piece):
        return not any(hump.lower() in NAMES for hump in _HUMP.findall(piece)) if len(piece) > 2 else True
    return _SHORT_CODE.match(piece) is not None


@lru_cache(maxsize=CACHED_TEXTS)
def error_template(text: str) -> str | None:
    """Return the known template that an error text says, in our words; None where it is none we know."""
    lowered = text[:TEXT_LIMIT].lower()
    for phrase, template in TEMPLATES:
        if phrase in lowered:
            return template
    return None


def fingerprinter(key: bytes) -> Callable[[str], str]:
    """Return a function from text to a short keyed fingerprint: the same error, whatever its numbers.

    Keyed, because a plain hash of a short text can be guessed.
    """

    @lru_cache(maxsize=CACHED_TEXTS)
    def fingerprint(text: str) -> str:
        shape = _NUMBERS.sub("#", _QUOTED.sub("'", text[:TEXT_LIMIT])).lower()
        return hashlib.blake2b(
            shape.encode("utf-8", "replace"), key=key[:64], digest_size=FINGERPRINT_BYTES
        ).hexdigest()

    return fingerprint
