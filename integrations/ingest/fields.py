"""Pure: single values of an event as they may be stored: bounded, printable, and no hidden identifier."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from integrations.catalogue.contract_parts import text_of
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.scrub import error_template, holds_identifier

TEXT_LIMIT = 120
CACHED_TEXTS = 16_384
# Two thousand lines of it still add up to what a column of money holds; one that overflows takes its whole
# request with it.
AMOUNT_LIMIT = Decimal(10) ** 12
_DECIMAL = re.compile(r"-?0*[0-9]{1,12}(?:\.[0-9]{1,6})?\Z")
_FINER = re.compile(r"\.[0-9]{4}0*[1-9]")  # than what is stored: it would be rounded there
# Seven digits in a row are somebody's number. Payers and drugs alone are known by numbers as long.
_LONG_NUMBER = re.compile(r"\d{7}")
_NUMBERED = frozenset({"payer", "code"})
_ONE_WORD = frozenset({"outcome", "basis", "reason"})  # whoever sends several sends free text
_NUMBER = re.compile(r"(?:(?:npi|tin|pi|xv):)?\d{1,11}\Z", re.IGNORECASE)
_NO_CODE = re.compile(r"[@=^?]|://")  # stands in addresses, queries and names, in no code
_BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def text(value: Any) -> str | None:
    """Return a scalar as text, None where absent. Raises RejectedItem for what no code or name holds."""
    found = text_of(value)
    return None if found is None else _checked(found)


def _checked(found: str) -> str:
    if len(found) > TEXT_LIMIT:
        raise RejectedItem("field_too_long")
    if not found.isprintable() or (not found.isascii() and _BIDI.search(found)):
        raise RejectedItem("forbidden_character")
    return found


def code(value: Any, dropped: dict[str, int], name: str) -> str | None:
    """Return a text that may be stored; one that reads like a person's identifier is dropped and counted.

    So is what should be one word and is several, but for a reason that says one of the known templates.
    """
    found = text_of(value)
    if found is None:
        return None
    kept = _kept(found, name)
    if kept is None:
        dropped[name] = dropped.get(name, 0) + 1
    return kept


@lru_cache(maxsize=CACHED_TEXTS)
def _kept(found: str, name: str) -> str | None:
    if not _is_code(_checked(found), name in _NUMBERED):
        return None
    if name in _ONE_WORD and " " in found:
        return error_template(found) if name == "reason" else None
    return found


def local_code(value: Any, dropped: dict[str, int], name: str, *, numbered: bool) -> str | None:
    """Return a local code as `code` does; `numbered`: it may be a number as long as a person's."""
    found = text(value)
    if found is not None and not _is_code(found, numbered):
        dropped[name] = dropped.get(name, 0) + 1
        return None
    return found


@lru_cache(maxsize=CACHED_TEXTS)
def _is_code(found: str, numbered: bool) -> bool:
    if holds_identifier(found):
        return False
    if numbered and _NUMBER.match(found):
        return True
    return not (_LONG_NUMBER.search(found) or _NO_CODE.search(found))


def amount(value: Any) -> str | None:
    """Return exact money in plain digits.

    Raises RejectedItem beyond twelve digits before the point, and where a text has more than four after it:
    what was folded from it would not be what is stored.
    """
    found = quantity(value)
    if found is not None and _FINER.search(found):
        raise RejectedItem("invalid_amount")
    return found


def quantity(value: Any) -> str | None:
    """Return a decimal in plain digits. Raises RejectedItem beyond twelve digits before the point."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        if not _DECIMAL.match(value):
            raise RejectedItem("invalid_amount")
        return value
    try:
        number = Decimal(str(value))
    except InvalidOperation as exc:
        raise RejectedItem("invalid_amount") from exc
    if not number.is_finite() or abs(number) >= AMOUNT_LIMIT:
        raise RejectedItem("invalid_amount")
    return format(number.quantize(Decimal("0.0001")).normalize(), "f")
