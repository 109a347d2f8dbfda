"""Pure: take apart a protobuf request that does not parse as a whole, so that only its bad items fall.

One text that is no UTF-8, or one value nested too deep, makes the parser give up on thousands of neighbours
that a Collector has batched with it. All three OTLP requests have the same shape: groups (field 1) hold a
resource (1) and scopes (2), which hold items (2).
"""

from collections.abc import Iterator
from typing import Any

from google.protobuf.message import DecodeError

from integrations.ingest.decoders.errors import MalformedBody, TooManyItems

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
FIXED = {FIXED64: 8, FIXED32: 4}
VARINT_BYTES = 10
GROUP, RESOURCE, SCOPE, ITEM = 1, 1, 2, 2


def salvage(request: Any, body: bytes | bytearray, limit: int) -> tuple[Any, int, int]:
    """Return the request without its bad items, how many items fell alone, and how many with their resource.

    Raises MalformedBody where the body is no such request at all, or holds more than `limit` items.
    """
    whole = request()
    fallen = orphaned = total = 0
    for group in _fields(memoryview(body), GROUP):
        kept = _named(whole, GROUP).add()
        bad_resource = not all(_parses(kept.resource, one) for one in _fields(group, RESOURCE))
        for scope in _fields(group, SCOPE):
            items = _named(_named(kept, SCOPE).add(), ITEM)
            for raw in _fields(scope, ITEM):
                total += 1
                if total > limit:
                    raise TooManyItems
                if bad_resource:
                    orphaned += 1
                elif not _parses(items.add(), raw):
                    del items[-1]
                    fallen += 1
    if not fallen and not orphaned:
        raise MalformedBody("not_protobuf")
    return whole, fallen, orphaned


def _named(message: Any, number: int) -> Any:
    return getattr(message, message.DESCRIPTOR.fields_by_number[number].name)


def _parses(message: Any, raw: memoryview) -> bool:
    try:
        message.ParseFromString(bytes(raw))
    except DecodeError:
        return False
    return True


def _fields(data: memoryview, wanted: int) -> Iterator[memoryview]:
    """Yield the length-delimited fields of one number, stepping over all others. Raises MalformedBody."""
    place = 0
    while place < len(data):
        tag, place = _varint(data, place)
        kind = tag & 7
        if kind == VARINT:
            _, place = _varint(data, place)
            continue
        if kind == BYTES:
            length, place = _varint(data, place)
        elif kind in FIXED:
            length = FIXED[kind]
        else:
            raise MalformedBody("not_protobuf")
        if place + length > len(data):
            raise MalformedBody("not_protobuf")
        if kind == BYTES and tag >> 3 == wanted:
            yield data[place : place + length]
        place += length


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    for byte in data[place : place + VARINT_BYTES]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, place + shift // 7
    raise MalformedBody("not_protobuf")
