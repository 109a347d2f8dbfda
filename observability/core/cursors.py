"""Where a keyset page begins: signed, so that nobody pages from a place we did not name."""

from django.core import signing

MAX_CHARACTERS = 500


class BadCursor(Exception):
    """The cursor was not made by us, or for another list."""


def encode(purpose: str, values: tuple[str, ...]) -> str:
    """Return the key of the last row shown as text for a URL. `values` are times and ids, never identifiers.

    `purpose` names the list and its order: a cursor of one list is refused by the others.
    """
    return signing.dumps(list(values), salt=f"cursor:{purpose}")


def decode(purpose: str, text: str, *, size: int) -> tuple[str, ...]:
    """Return the `size` values of a cursor. Raises BadCursor."""
    if len(text) > MAX_CHARACTERS:
        raise BadCursor
    try:
        values = signing.loads(text, salt=f"cursor:{purpose}")
    except signing.BadSignature as exc:
        raise BadCursor from exc
    if len(values) != size:
        raise BadCursor
    return tuple(str(value) for value in values)
