"""What may leave the process in words: logs and error reports carry ids and codes, never what was sent.

Text is not trusted because it looks harmless. An argument of a log line passes if it is a number we counted,
an id we made, or a word of our own vocabulary; everything else is masked. What remains of a message is cut to
a length, freed of control characters and swept for what identifiers, keys and addresses look like.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

MASK = "[masked]"
MAX_CHARACTERS = 2_000
# Words of ours: claim.submitted.v1, body_too_large, integrations.ingest.views, /v1/traces, 1.4s.
# Lower case only: names of people are not written so.
_CODE = re.compile(r"(?=.*[a-z])[a-z0-9_.:/<>\-]{1,100}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_DIGITS = re.compile(r"\d{4,}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")

# All linear in the length of the text, which is cut first.
_SWEPT = (
    re.compile(r"(?i)\b(?:bearer|basic|token|authorization|password|secret|cookie)\b\s*[:= ]\s*\S+"),
    re.compile(r"\b[A-Za-z0-9]{6,16}\.[A-Za-z0-9_\-]{20,}"),  # prefix.secret: a connector's key
    re.compile(r"\?[^\s\"']+"),  # a query string
    re.compile(r"[^\s@]{1,64}@[^\s@]{1,255}"),  # an e-mail address
    re.compile(r"'[^']*'|\"[^\"]*\""),  # a quoted value: how libraries show what they choked on
    re.compile(r"=\([^)]*\)"),  # PostgreSQL: Key (value)=(…) already exists
    re.compile(r"[A-Za-z]*\d[\w\-/.:]{3,}"),  # a number of four or more, with what hangs on it
    re.compile(r"\b[A-Z][A-Z'\-]{2,}(?:[ ,^]+[A-Z][A-Z'\-]*)+"),  # DOE^JANE, DOE, JANE
)


def words(text: str) -> str:
    """Return `text` fit for a log line: short, on one line, swept of what looks like identifiers and keys."""
    clean = visible(text[:MAX_CHARACTERS])
    for pattern in _SWEPT:
        clean = pattern.sub(MASK, clean)
    return clean


def visible(text: str) -> str:
    """Return `text` with every control, format (bidirectional too) and surrogate character written out."""
    return "".join(
        f"\\u{ord(character):04x}" if unicodedata.category(character)[0] == "C" else character
        for character in text
    )


def is_code(text: str) -> bool:
    """Say whether `text` can be a word of our vocabulary or an id of ours, and so nobody's identifier."""
    if text in _METHODS or _UUID.match(text):
        return True
    return bool(_CODE.match(text)) and not _DIGITS.search(text)


def argument(value: object) -> object:
    """Return what a log line may say of one argument."""
    if value is None or isinstance(value, bool | int | float | Decimal | UUID | datetime | date | timedelta):
        return value
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, str) and is_code(value):
        return str(value)
    return MASK


def arguments(args: object) -> object:
    """Return the arguments of a log call, each as far as it may be said."""
    if isinstance(args, tuple):
        return tuple(argument(arg) for arg in args)
    if isinstance(args, Mapping):
        return {name: argument(value) for name, value in args.items()}
    return args
