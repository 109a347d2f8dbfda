"""Read a request body within bounds: as it came, and again once inflated. Pure, fed by a `read` function."""

import zlib
from collections.abc import Callable

CHUNK = 65_536
WINDOW = 16_384
GZIP = 16 + zlib.MAX_WBITS


class BodyTooLarge(Exception):
    """The body, or what it inflates to, is longer than allowed; sending it again cannot help."""


class BodyCorrupt(Exception):
    """The compressed body is damaged or cut off."""


class BodyCut(Exception):
    """The sender stopped before the length it announced."""


Read = Callable[[int], bytes]


def read_plain(read: Read, *, length: int | None, limit: int, grew: Callable[[int], None]) -> bytearray:
    """Return the body: `length` bytes, or all of a chunked one (None). Raises BodyTooLarge, BodyCut.

    `grew` is told how many bytes there are after each piece; it may raise or wait.
    """
    if length is not None and length > limit:
        raise BodyTooLarge
    parts = bytearray()
    while length is None or len(parts) < length:
        piece = read(CHUNK if length is None else min(CHUNK, length - len(parts)))
        if not piece:
            break
        parts += piece
        if len(parts) > limit:
            raise BodyTooLarge
        grew(len(parts))
    if length is not None and len(parts) < length:
        raise BodyCut
    return parts


def inflate(body: bytes | bytearray, *, limit: int, grew: Callable[[int], None]) -> bytearray:
    """Return the content of a gzip body of one or more members; never holds more than `limit` bytes of it.

    Raises BodyTooLarge as soon as more comes out, BodyCorrupt for a wrong sum, a cut or no gzip at all.
    """
    content = bytearray()
    whole = memoryview(body)
    member = zlib.decompressobj(GZIP)
    for place in range(0, len(whole), WINDOW):
        # zlib copies what it leaves of its input: of a whole body of tiny members that would take minutes.
        rest: bytes | memoryview = whole[place : place + WINDOW]
        while rest:
            if member.eof:
                member = zlib.decompressobj(GZIP)
            rest = _inflate(member, rest, content, limit, grew)
    while not member.eof:  # all was read, not all was given
        had = len(content)
        _inflate(member, b"", content, limit, grew)
        if len(content) == had and not member.eof:
            raise BodyCorrupt
    return content


def _inflate(
    member: "zlib._Decompress",
    data: bytes | memoryview,
    content: bytearray,
    limit: int,
    grew: Callable[[int], None],
) -> bytes:
    """Add to `content` what one call gives; return what it left of `data`."""
    try:
        content += member.decompress(data, min(CHUNK * 4, limit - len(content) + 1))
    except zlib.error as exc:
        raise BodyCorrupt from exc
    if len(content) > limit:
        raise BodyTooLarge
    grew(len(content))
    return member.unused_data if member.eof else member.unconsumed_tail
