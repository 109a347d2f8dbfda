"""Pure: what must be known of JSON text before it is decoded: how deep it goes, and broken escapes."""

import re

from integrations.ingest.decoders.errors import RejectedItem

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.S
)
_LONE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}\Z")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.S)


def mark_lone_surrogates(body: bytes | bytearray) -> bytes:
    r"""Return the text with each half of a surrogate pair replaced by `\u0000`, which is refused per item.

    A decoder gives up on the whole body over one such escape; so only its item falls.
    """
    return _ESCAPE.sub(lambda found: rb"\u0000" if _LONE.match(found[0]) else found[0], body)


def check_depth(text: bytes | memoryview, limit: int) -> None:
    """Refuse JSON text nested deeper than `limit`. Linear in the text; raises RejectedItem."""
    raw = bytes(text)
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return
    depth = 0
    for found in _TOKEN.finditer(raw):
        first = found[0][0]
        if first in b"[{":
            depth += 1
            if depth > limit:
                raise RejectedItem("too_deep")
        elif first in b"]}":
            depth -= 1
