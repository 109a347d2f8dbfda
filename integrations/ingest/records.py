"""Pure: the canonical record that every wire format becomes: validated, scrubbed, tokenised.

This is what the inbox holds and the drain folds. Times are microseconds since 1970 UTC, ids are raw
bytes, amounts are decimal strings. Encoded as MessagePack arrays; FORMAT names their layout.
"""

from datetime import UTC, datetime, timedelta

import msgspec

FORMAT = 1
ARRAY_32 = b"\xdd"  # MessagePack: an array, its length in the next four bytes
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return an aware moment as microseconds since 1970 UTC, exactly."""
    return (at - EPOCH) // MICROSECOND


def moment(us: int) -> datetime:
    """Return microseconds since 1970 UTC as an aware moment."""
    return EPOCH + timedelta(microseconds=us)


class Key(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One business key of an event: what it is, who issued it, its token, and its sealed clear form."""

    kind: str
    token: bytes
    issuer: str  # effective issuer: `<issuer>@<FACILITY>` within a facility
    last: str  # the characters a mask may show (at most four, fewer for short values)
    sealed: bytes
    seal_key: str
    linking: bool
    former: bool = False  # it has another name by now; never sent, never kept: told when an event is read


class Alias(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One name that has another from now on: the token of a key, or the id of a transaction it names."""

    kind: str  # of the key
    old: bytes
    new: bytes
    workflow: str | None  # of the transactions whose ids these are; None: these are tokens
    within: bytes | None  # it holds only for events that carry this key


class Binding(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """How the event meets its transaction in one workflow.

    `direct` names the transaction. Without it `via` lists tokens in order of priority; `mode` says
    whether exactly one candidate may match ("one") or each gets the event ("all"); `default` is the
    transaction to use where no candidate is known.
    """

    workflow: str
    step: str
    effect: str  # completes, fails, reverses, feeds, cancels
    direct: bytes | None
    via: tuple[bytes, ...]
    mode: str
    default: bytes | None


class Line(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One detail of a fact: an adjustment, a service line, a quantity. `line` "" means the whole fact."""

    line: str
    group: str | None
    code: str | None
    basis: str
    amount: str | None
    quantity: str | None


class Word(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One local code that a message named in a field: of which kind, and who issues it ("": its facility)."""

    field: str
    kind: str
    authority: str
    code: str


class Origin(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What the message itself said of where and for whom it was: what a new crosswalk is applied to.

    `said_us` is the time as it was written, where the facility's day or clock decides what moment that was.
    `fallbacks` are the keys behind the `default` of a binding, which belong to no transaction by themselves.
    """

    names: tuple[tuple[str, str], ...] = ()  # authority and code, as the crosswalk looks them up
    facility: str | None = None  # our code
    department: str | None = None
    payer: str | None = None
    said_us: int | None = None
    by_day: bool = False  # a day was said, not a time of the clock
    fallbacks: tuple[Key, ...] = ()
    codes: tuple[Word, ...] = ()  # what else the contract declares as local codes


class Event(msgspec.Struct, array_like=True, frozen=True, gc=False, tag_field="record", tag=1):
    """One business event, said once by one connector."""

    event_id: bytes
    type: str  # contract name and version, such as claim.submitted.v1
    content_hash: bytes
    occurred_at: int
    ended_at: int
    observed_at: int | None
    sequence: int
    facility_id: int
    department: str | None
    payer: str | None
    interface: str | None
    system: str | None
    outcome: str | None
    basis: str | None
    amount: str | None
    quantity: str | None
    reason: str | None
    attributes: dict[str, str]
    flags: tuple[str, ...]
    trace_id: bytes | None
    span_id: bytes | None
    keys: tuple[Key, ...]
    bindings: tuple[Binding, ...]
    lines: tuple[Line, ...]
    part_opens: tuple[bytes, ...]  # tokens under which later events may refer to this part
    part_refers: tuple[bytes, ...]  # the part this event is about
    origin: Origin | None = None  # None: taken in before messages' own words were kept
    aliases: tuple[Alias, ...] = ()  # what a merge or a move renames
    undoes: bytes | None = None  # the event whose aliases no longer hold


class Span(msgspec.Struct, array_like=True, frozen=True, gc=False, tag_field="record", tag=2):
    """One technical operation or log record of a trace; never folded, joined at read time by trace id."""

    event_id: bytes
    content_hash: bytes
    trace_id: bytes
    span_id: bytes
    parent_id: bytes | None
    kind: int  # OTLP SpanKind 0..5; 100 = log record
    name: str
    service: str
    started_at: int
    ended_at: int
    status: int  # OTLP: 0 unset, 1 ok, 2 error; logs: OTLP severity number
    message: str | None  # allow-listed template of an error, never free text
    attributes: dict[str, str]
    flags: tuple[str, ...]


class Gauge(msgspec.Struct, array_like=True, frozen=True, gc=False, tag_field="record", tag=3):
    """One sample of a declared gauge, such as queue depth."""

    name: str
    series: str  # interface or queue the sample belongs to
    at: int
    value: float
    facility_id: int
    attributes: dict[str, str]


Record = Event | Span | Gauge

_encoder = msgspec.msgpack.Encoder()
encode = _encoder.encode
_decoder = msgspec.msgpack.Decoder(list[Record])
_event_decoder = msgspec.msgpack.Decoder(Event)


def every_key(event: Event) -> tuple[Key, ...]:
    """Return the keys of an event and those of its transactions of last resort: all that is sealed of it."""
    return event.keys if event.origin is None else event.keys + event.origin.fallbacks


def unsealed(event: Event) -> Event:
    """Return the event without the sealed forms of its keys, as it is kept.

    They stand once in the table of identifiers, so that a new sealing key need not touch any event.
    """
    origin = event.origin
    if origin is not None and origin.fallbacks:
        origin = msgspec.structs.replace(origin, fallbacks=tuple(map(_bare, origin.fallbacks)))
    return msgspec.structs.replace(event, keys=tuple(map(_bare, event.keys)), origin=origin)


def _bare(k: Key) -> Key:
    return Key(k.kind, k.token, k.issuer, k.last, b"", "", k.linking)


def decode(blob: bytes) -> list[Record]:
    """Return the records of one inbox blob. Raises msgspec.DecodeError for a blob that is not ours."""
    return _decoder.decode(blob)


def decode_event(blob: bytes) -> Event:
    """Return one stored event."""
    return _event_decoder.decode(blob)


class Packed:
    """Records of one request, encoded as they come: all of a large one at once would fill memory."""

    __slots__ = ("_blob", "_count")

    def __init__(self) -> None:
        self._blob = bytearray(ARRAY_32 + bytes(4))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, record: Record) -> None:
        """Append one record."""
        _encoder.encode_into(record, self._blob, -1)  # at the end of what is there
        self._count += 1

    @property
    def blob(self) -> bytearray:
        """What `encode` would make of a list of them, in an array with another header of the same meaning."""
        self._blob[1:5] = self._count.to_bytes(4, "big")
        return self._blob
