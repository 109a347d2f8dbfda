"""Pure: the one shape that every encoding of a signal is decoded into, and the checks all encodings share."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import msgspec

from integrations.ingest.decoders.errors import RejectedItem, TooManyItems

# None stands for a value that is no scalar (array, map, bytes, empty): nothing of it is ever kept.
Value = str | bool | int | float | None

TRACE_ID_BYTES = 16
SPAN_ID_BYTES = 8
NO_TRACE = bytes(TRACE_ID_BYTES)
NO_SPAN = bytes(SPAN_ID_BYTES)
# What is kept of a text is shorter than this; the rest of a long one would only fill memory.
TEXT_KEPT = 512
MESSAGE_KEPT = 4_096
UINT64 = 1 << 64
INT64 = 1 << 63


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one request, and one item of it, may hold."""

    items: int = 10_000
    per_item: int = 128  # attributes, events and links, each
    key_bytes: int = 256
    json_depth: int = 32


class Resource(msgspec.Struct, gc=False, frozen=True):
    """Who sent the items below it; shared by all of them."""

    attributes: dict[str, Value]


class WireSpan(msgspec.Struct, gc=False):
    """One span as it came. Times are nanoseconds since 1970."""

    trace_id: bytes
    span_id: bytes
    parent_id: bytes  # empty: a root
    kind: int
    name: str
    start_ns: int
    end_ns: int
    status: int
    message: str
    attributes: dict[str, Value]
    exception_type: str  # of its last `exception` event; empty: none
    exception_message: str
    repeated_keys: bool
    resource: Resource


class WireLog(msgspec.Struct, gc=False):
    """One log record as it came. `trace_id` is empty where it names no trace."""

    trace_id: bytes
    span_id: bytes
    time_ns: int
    severity: int
    name: str
    body: str
    attributes: dict[str, Value]
    repeated_keys: bool
    resource: Resource


class WirePoint(msgspec.Struct, gc=False):
    """One data point of a metric as it came. `value` is None for histograms, summaries and unset points."""

    metric: str
    time_ns: int
    value: float | None
    attributes: dict[str, Value]
    resource: Resource


Item = TypeVar("Item", WireSpan, WireLog, WirePoint)


@dataclass(slots=True)
class Decoded(Generic[Item]):
    """What a body holds: items to keep, and how many are refused under which code.

    Each item is made when it is asked for: all of a large body at once would fill memory. `rejected` is
    whole when `items` has been read to its end, which can be done once; `total` is known before.
    """

    items: Iterable[Item] = ()
    rejected: dict[str, int] = field(default_factory=dict)
    total: int = 0  # items the body holds, kept or not

    def reject(self, code: str, n: int = 1) -> None:
        """Count `n` refused items."""
        self.rejected[code] = self.rejected.get(code, 0) + n

    def count(self, items: int, bounds: Bounds) -> None:
        """Count items before any becomes a Python object. Raises TooManyItems."""
        self.total += items
        if self.total > bounds.items:
            raise TooManyItems


def check_ids(trace_id: bytes, span_id: bytes, parent_id: bytes) -> None:
    """Refuse ids of a wrong length, or all zero (which the protocol defines as invalid)."""
    if len(trace_id) != TRACE_ID_BYTES or trace_id == NO_TRACE:
        raise RejectedItem("invalid_trace_id")
    if len(span_id) != SPAN_ID_BYTES or span_id == NO_SPAN:
        raise RejectedItem("invalid_span_id")
    if parent_id and len(parent_id) != SPAN_ID_BYTES:
        raise RejectedItem("invalid_parent_span_id")


def check_log_ids(trace_id: bytes, span_id: bytes) -> None:
    """Refuse ids of a wrong length; a log record may have none."""
    if trace_id and len(trace_id) != TRACE_ID_BYTES:
        raise RejectedItem("invalid_trace_id")
    if span_id and len(span_id) != SPAN_ID_BYTES:
        raise RejectedItem("invalid_span_id")


def check_text(*texts: str) -> None:
    """Refuse NUL, which PostgreSQL text cannot hold."""
    for text in texts:
        if "\x00" in text:
            raise RejectedItem("nul_character")


def check_key(key: str, bounds: Bounds) -> None:
    """Refuse an attribute key that no sane producer writes."""
    if len(key) > bounds.key_bytes or "\x00" in key:
        raise RejectedItem("invalid_attribute_key")


def check_number(number: float) -> float:
    """Refuse what no column and no sum survives: NaN and the infinities."""
    if not math.isfinite(number):
        raise RejectedItem("number_not_finite")
    return number


def check_int(number: int) -> int:
    """Refuse an integer outside 64 signed bits."""
    if not -INT64 <= number < INT64:
        raise RejectedItem("integer_out_of_range")
    return number
