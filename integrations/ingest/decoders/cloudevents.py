"""Pure: CloudEvents 1.0 over HTTP, in binary, structured and batch mode, to one shape.

Refused per event: what the specification forbids. Refused as a whole: text that is no JSON, a batch that
is no list, a header that cannot be decoded.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from integrations.ingest.decoders.errors import MalformedBody, RejectedItem, TooManyItems
from integrations.ingest.decoders.json_text import check_depth, mark_lone_surrogates
from integrations.ingest.decoders.wire import NO_SPAN, NO_TRACE, Bounds
from integrations.ingest.records import micros

BATCH, STRUCTURED, BINARY = "batch", "structured", "binary"
SPEC_VERSION = "1.0"
TEXT_LIMIT = 2_048  # characters of an attribute
EVENT_LIMIT = 262_144  # bytes of one event

_NAME = re.compile(r"[a-z0-9]{1,64}\Z")
_USUAL = frozenset(
    {"specversion", "id", "source", "type", "time", "datacontenttype", "traceparent", "subject"}
)
# Control characters, lone surrogates and noncharacters may stand in no attribute (its "Type System").
_LAST_OF_PLANES = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_FORBIDDEN = re.compile(f"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_LAST_OF_PLANES}]")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?\Z")
_QUOTED_PAIR = re.compile(r"\\(.)", re.S)
_BAD_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)\Z")
_CLASSES = frozenset(
    {"public", "internal", "business", "workforce", "identifier", "sensitive", "confidential"}
)
_CANNOT_READ = (msgspec.MsgspecError, ValueError, RecursionError)

_batch = msgspec.json.Decoder(list[msgspec.Raw]).decode
_object = msgspec.json.Decoder(dict[str, Any]).decode


class WireEvent(msgspec.Struct, gc=False):
    """One event as it came: its place in the request, its attributes, its data."""

    index: int
    id: str
    source: str
    type: str
    time_us: int
    data: dict[str, Any]
    trace_id: bytes | None
    span_id: bytes | None


class Refused(msgspec.Struct, gc=False, frozen=True):
    """One event that was not taken, by its place in the request; never by its content."""

    index: int
    code: str


@dataclass(slots=True)
class Batch:
    """The events of a request, each read when it is asked for, so that no large one fills memory."""

    total: int
    events: Iterator[WireEvent]
    refused: list[Refused] = field(default_factory=list)  # grows while `events` is read
    body: bytearray | None = None

    def let_go(self) -> None:
        """Give up the body, all of whose events were read; one that something still looks at stays."""
        if self.body is not None:
            with suppress(BufferError):
                self.body.clear()


def mode_of(content_type: str, headers: Mapping[str, str]) -> str | None:
    """Return how the request carries its events, None where it carries none.

    `headers` holds the `ce-` headers, named without that prefix.
    """
    media = content_type.partition(";")[0].strip().lower()
    # The batch type begins with the structured type, so it is looked at first.
    if media.startswith("application/cloudevents-batch"):
        return BATCH if media.endswith("+json") else None
    if media.startswith("application/cloudevents"):
        return STRUCTURED if media == "application/cloudevents+json" else None
    if {"specversion", "id", "source", "type"} <= headers.keys():
        return BINARY
    return None


def decode(
    mode: str, body: bytes | bytearray, content_type: str, headers: Mapping[str, str], bounds: Bounds
) -> Batch:
    """Return the events of a request. Raises MalformedBody, and TooManyItems before any of them is read.

    A request of one event is read at once: where that is no event, the whole request is malformed.
    """
    if mode == BATCH:
        raws = _list(body)
        if len(raws) > bounds.items:
            raise TooManyItems
        refused: list[Refused] = []
        mine = body if isinstance(body, bytearray) else None
        return Batch(len(raws), _each(raws, bounds, refused), refused, mine)
    refused = []
    try:
        if mode == BINARY:
            fields = _binary_event(body, content_type, headers, bounds)
        else:
            fields = _fields(msgspec.Raw(body), bounds, sole=True)
        events = [_event(0, fields)]
    except RejectedItem as exc:
        events, refused = [], [Refused(0, exc.code)]
    return Batch(1, iter(events), refused)


def _list(body: bytes | bytearray) -> list[msgspec.Raw]:
    try:
        return _batch(body)
    except _CANNOT_READ:
        pass
    try:
        return _batch(mark_lone_surrogates(body))
    except _CANNOT_READ as exc:
        raise MalformedBody("not_an_event_list") from exc


def _each(raws: list[msgspec.Raw], bounds: Bounds, refused: list[Refused]) -> Iterator[WireEvent]:
    for index, raw in enumerate(raws):
        try:
            yield _event(index, _fields(raw, bounds, sole=False))
        except RejectedItem as exc:
            refused.append(Refused(index, exc.code))
    raws.clear()


def _fields(raw: msgspec.Raw, bounds: Bounds, *, sole: bool) -> dict[str, Any]:
    text = bytes(raw)
    if len(text) > EVENT_LIMIT:
        raise RejectedItem("event_too_large")
    check_depth(text, bounds.json_depth)
    try:
        return _object(text)
    except _CANNOT_READ:
        pass
    try:
        return _object(mark_lone_surrogates(text))
    except _CANNOT_READ as exc:
        if sole:
            raise MalformedBody("not_an_event") from exc
        raise RejectedItem("not_an_event") from exc


def _binary_event(
    body: bytes | bytearray, content_type: str, headers: Mapping[str, str], bounds: Bounds
) -> dict[str, Any]:
    if "datacontenttype" in headers:
        raise MalformedBody("datacontenttype_in_header")
    fields: dict[str, Any] = {name: header_text(value) for name, value in headers.items()}
    media = content_type.partition(";")[0].strip().lower()
    if body:
        if not (media == "application/json" or media.endswith("+json")):
            raise MalformedBody("data_not_json")
        fields["data"] = _fields(msgspec.Raw(body), bounds, sole=True)
    return fields


def header_text(value: str) -> str:
    """Return the text of a `ce-` header: unquoted, then percent-decoded once. Raises MalformedBody."""
    text = value.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = _QUOTED_PAIR.sub(r"\1", text[1:-1])
    if _BAD_PERCENT.search(text):
        raise MalformedBody("bad_header_encoding")
    try:
        # Servers hand headers over as Latin-1; what was sent are bytes of UTF-8.
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except UnicodeError as exc:
        raise MalformedBody("bad_header_encoding") from exc


def _event(index: int, fields: dict[str, Any]) -> WireEvent:
    present = fields
    if None in fields.values():
        present = {name: value for name, value in fields.items() if value is not None}
    data = _data(present)
    for name, value in present.items():
        if name not in _USUAL and not _NAME.match(name) and name != "data_base64":
            raise RejectedItem("invalid_attribute_name")
        _check_attribute(value)
    if present.get("specversion") != SPEC_VERSION:
        raise RejectedItem("invalid_specversion" if "specversion" in present else "missing_specversion")
    texts = [_required(present, name) for name in ("id", "source", "type")]
    if "time" not in present:
        raise RejectedItem("missing_time")
    _check_classification(present)
    trace_id, span_id = _trace(present.get("traceparent"))
    return WireEvent(index, texts[0], texts[1], texts[2], _time(present["time"]), data, trace_id, span_id)


def _data(present: dict[str, Any]) -> dict[str, Any]:
    """Take the data out of the attributes. A string stays a string: it is never parsed again."""
    if "data" in present and "data_base64" in present:
        raise RejectedItem("data_and_data_base64")
    if "data_base64" in present:
        raise RejectedItem("data_not_json")
    media = present.get("datacontenttype")
    if media is not None and not _is_json(media):
        raise RejectedItem("data_not_json")
    data = present.pop("data", {})
    if not isinstance(data, dict):
        raise RejectedItem("data_not_an_object")
    return data


def _is_json(media: Any) -> bool:
    return isinstance(media, str) and media.partition(";")[0].strip().lower().endswith("json")


def _check_attribute(value: Any) -> None:
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            raise RejectedItem("attribute_too_long")
        # What is printable ASCII, as nearly all is, holds none of them.
        if not (value.isascii() and value.isprintable()) and _FORBIDDEN.search(value):
            raise RejectedItem("forbidden_character")
    elif isinstance(value, bool):
        return
    elif not isinstance(value, int):
        raise RejectedItem("invalid_attribute")
    elif not -(2**31) <= value < 2**31:
        raise RejectedItem("integer_out_of_range")


def _required(present: dict[str, Any], name: str) -> str:
    value = present.get(name, "")
    if not isinstance(value, str):
        raise RejectedItem("invalid_attribute")
    if not value:
        raise RejectedItem(f"missing_{name}")
    return value


def _time(value: Any) -> int:
    if not isinstance(value, str) or not _RFC3339.match(value):
        raise RejectedItem("invalid_time")
    try:
        # In UTC, because near the year 1 or 9999 an offset leads to a year that there is not.
        return micros(msgspec.convert(value, datetime).astimezone(UTC))
    except (msgspec.ValidationError, ValueError) as exc:
        raise RejectedItem("invalid_time") from exc
    except OverflowError as exc:
        raise RejectedItem("time_out_of_range") from exc


def _check_classification(present: dict[str, Any]) -> None:
    # The extension's specification: a consumer that does not know the value must refuse the event.
    found = present.get("dataclassification")
    if found is not None and (not isinstance(found, str) or found.lower() not in _CLASSES):
        raise RejectedItem("unknown_dataclassification")


def _trace(value: Any) -> tuple[bytes | None, bytes | None]:
    if value is None:
        return None, None
    found = _TRACEPARENT.match(value) if isinstance(value, str) else None
    if found is None or value.startswith("ff"):
        raise RejectedItem("invalid_traceparent")
    trace_id, span_id = bytes.fromhex(found[1]), bytes.fromhex(found[2])
    if trace_id == NO_TRACE or span_id == NO_SPAN:
        raise RejectedItem("invalid_traceparent")
    return trace_id, span_id
