"""Pure: spans and log records as they are kept: allow-listed, scrubbed, with ids of their own."""

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b, sha256

from integrations.catalogue.telemetry import AttributeRule
from integrations.ingest.context import AHEAD_US, FIRST_US, OTHER, SKEW_US, Context
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.decoders.wire import NO_TRACE, Resource, Value, WireLog, WireSpan
from integrations.ingest.records import Span, encode
from integrations.ingest.scrub import error_template, scrub, scrub_name, scrub_value

KIND_LOG = 100
UNNAMED = "unknown"  # the service of a span whose resource names none
STEP_PREFIX = "throughline."
HASH_BYTES = 16
INTEGER_LIMIT = 1_000_000
ERROR = 2
LOG_ERROR = 17  # OTLP severity number from which a record is an error

_COUNTABLE = re.compile(r"[a-z][a-z_.-]{0,79}\Z")
Steps = dict[str, Value]


@lru_cache(maxsize=16_384)
def countable(name: str) -> str:
    """Return the name under which a dropped attribute is counted: its own only where it is plainly a name."""
    return name if _COUNTABLE.match(name) and scrub(name) == name else OTHER


class Origin:
    """What all spans of one resource share, worked out once."""

    __slots__ = ("attributes", "resource", "service", "steps")

    def __init__(self, resource: Resource, rules: Mapping[str, AttributeRule], context: Context) -> None:
        self.resource = resource
        self.attributes, self.steps = keep(resource.attributes, rules, {}, context)
        self.service = self.attributes.pop("service.name", UNNAMED)


def keep(
    attributes: Mapping[str, Value],
    rules: Mapping[str, AttributeRule],
    base: Mapping[str, str],
    context: Context,
) -> tuple[dict[str, str], Steps]:
    """Return what may be stored on top of `base`, and the attributes that make a span a step."""
    kept = dict(base)
    steps: Steps = {}
    for name, value in attributes.items():
        rule = rules.get(name)
        if rule is not None:
            if type(value) is str and rule.type == "word":
                if value:
                    kept[name] = scrub_value(value, rule.limit)
                continue
            if type(value) is int and rule.type == "integer" and -INTEGER_LIMIT < value < INTEGER_LIMIT:
                kept[name] = str(value)
                continue
        elif name.startswith(STEP_PREFIX):
            steps[name[len(STEP_PREFIX) :]] = value
            continue
        context.drop(countable(name))
    return kept, steps


def span_record(
    span: WireSpan, origin: Origin, rules: Mapping[str, AttributeRule], context: Context
) -> tuple[Span, Steps]:
    """Return the record of a span and its step attributes. Raises RejectedItem."""
    start, end = span.start_ns // 1000, span.end_ns // 1000
    last = context.now_us + AHEAD_US
    if not end:
        end = start
    if not (FIRST_US <= start <= last and FIRST_US <= end <= last):
        raise RejectedItem("time_out_of_range")
    kept, steps = keep(span.attributes, rules, origin.attributes, context)
    message = None
    if span.status == ERROR or span.exception_type or span.exception_message or span.message:
        message = _error(span, kept, context)
    flags = _flags(span, start, end, context)
    name = scrub_name(span.name)
    status = span.status if 0 <= span.status <= ERROR else 0
    kind = span.kind if 0 <= span.kind <= 5 else 0
    parent = span.parent_id or None
    content = encode(
        (parent, kind, name, origin.service, start, end, status, message, sorted(kept.items()), flags)
    )
    record = Span(
        sha256(context.prefix + span.trace_id + span.span_id).digest()[:HASH_BYTES],
        blake2b(content, digest_size=HASH_BYTES).digest(),
        span.trace_id, span.span_id, parent, kind, name, origin.service,
        start, end, status, message, kept, flags,
    )  # fmt: skip
    return record, steps


def _flags(span: WireSpan, start: int, end: int, context: Context) -> tuple[str, ...]:
    if span.end_ns and end >= start and end <= context.now_us + SKEW_US and not span.repeated_keys:
        return ()
    flags = []
    if span.repeated_keys:
        flags.append("repeated_attribute")
    if not span.end_ns:
        flags.append("no_end")
    if end < start:
        flags.append("negative_duration")
    if end > context.now_us + SKEW_US:
        flags.append("clock_ahead")
    return tuple(flags)


def _error(span: WireSpan, kept: dict[str, str], context: Context) -> str | None:
    """Return the template an error text says; its class and fingerprint go to the attributes."""
    if span.exception_type and "exception.type" not in kept:
        kept["exception.type"] = scrub_value(span.exception_type, 120)
    text = span.message or span.exception_message
    if not text:
        return None
    kept["error.fingerprint"] = context.fingerprint(text)
    return error_template(text) or error_template(span.exception_message)


def log_record(
    log: WireLog,
    origin: Origin,
    rules: Mapping[str, AttributeRule],
    context: Context,
    seen: dict[bytes, int],
) -> Span | None:
    """Return the record of a log line, None where it names no trace (counted, never kept).

    `seen` counts equal lines of this request, so that a line said twice is kept twice, and the same
    request sent twice is not.
    """
    if not log.trace_id or log.trace_id == NO_TRACE:
        return None
    at = log.time_ns // 1000
    context.check_time(at)
    kept, _ = keep(log.attributes, rules, origin.attributes, context)
    message = None
    if log.body:
        message = error_template(log.body) if log.severity >= LOG_ERROR else None
        kept["error.fingerprint"] = context.fingerprint(log.body)
    severity = log.severity if 0 <= log.severity <= 24 else 0
    name = scrub_name(log.name) if log.name else "log"
    flags = ("repeated_attribute",) if log.repeated_keys else ()
    parent = log.span_id or None
    content = blake2b(
        encode((parent, name, origin.service, at, severity, message, sorted(kept.items()))),
        digest_size=HASH_BYTES,
    ).digest()
    line = context.prefix + b"log" + log.trace_id + content
    ordinal = seen[line] = seen.get(line, 0) + 1
    event_id = sha256(line + ordinal.to_bytes(4, "big")).digest()[:HASH_BYTES]
    return Span(
        event_id, content, log.trace_id, event_id[:8], parent, KIND_LOG, name, origin.service,
        at, at, severity, message, kept, flags,
    )  # fmt: skip
