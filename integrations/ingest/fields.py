"""Pure: single values of an event as they may be stored: bounded, printable, and no hidden identifier."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.catalogue.contract_parts import text_of
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.scrub import holds_identifier

TEXT_LIMIT = 120
AMOUNT_LIMIT = Decimal(10) ** 15
_DECIMAL = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?\Z")
_BIDI = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def text(value: Any) -> str | None:
    """Return a scalar as text, None where absent. Raises RejectedItem for what no code or name holds."""
    found = text_of(value)
    if found is None:
        return None
    if len(found) > TEXT_LIMIT:
        raise RejectedItem("field_too_long")
    if not found.isprintable() or _BIDI.search(found):
        raise RejectedItem("forbidden_character")
    return found


def code(value: Any, dropped: dict[str, int], name: str) -> str | None:
    """Return a text that may be stored; one that reads like a person's identifier is dropped and counted."""
    found = text(value)
    if found is not None and holds_identifier(found):
        dropped[name] = dropped.get(name, 0) + 1
        return None
    return found


def amount(value: Any) -> str | None:
    """Return an exact decimal in plain digits. Raises RejectedItem beyond fifteen digits before the point."""
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
