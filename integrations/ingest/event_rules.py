"""Pure: a business event against its contract: facility, keys, what it does to which workflow, the fact."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b, sha256
from typing import Any

import msgspec

from integrations.catalogue.contract_parts import Effect, Undoes
from integrations.catalogue.contracts import Contract
from integrations.ingest import departments, fields
from integrations.ingest.alias_rules import aliases
from integrations.ingest.context import SKEW_US, Context
from integrations.ingest.decoders.cloudevents import WireEvent
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.key_rules import direct_id, instance_id, named_key, named_keys
from integrations.ingest.keys import Named
from integrations.ingest.local_codes import codes_of, resolved
from integrations.ingest.origins import canonical, names_of, origin_of
from integrations.ingest.places import Place, day_of, moment_of
from integrations.ingest.records import Binding, Event, Key, Line, micros
from integrations.ingest.span_rules import HASH_BYTES, countable

LINES_LIMIT = 2_000
LINE_BYTES = 6
FALLBACK = "facility_fallback"  # the flag of an event whose own names for its facility were all unknown

_Text = str | None
Stated = tuple[_Text, _Text, _Text, _Text, _Text, _Text, _Text, _Text, _Text]

_sorted_json = msgspec.json.Encoder(order="deterministic").encode


def event_record(event: WireEvent, contracts: Mapping[str, Contract], context: Context) -> Event:
    """Return the canonical record of a CloudEvent. Raises RejectedItem with the reason's code."""
    contract = contracts.get(event.type)
    if contract is None:
        raise RejectedItem("unknown_type")
    if not contract.is_valid(event.data):
        raise RejectedItem("schema_violation")
    data = _known(event.data, contract, context)
    names = names_of(data, context)
    day = day_of(event.time_us)
    place, fell_back = context.crosswalk.resolve(
        names, data.get("facility"), day, default_id=context.default_facility, granted=context.granted
    )
    by_day, by_clock = data.get("date_only") is True, data.get("local_time") is True
    at = moment_of(event.time_us, place, by_day=by_day, by_clock=by_clock)
    context.check_time(at, by_day=by_day)
    named = named_keys(contract.keys_of(tuple(data)), data, place, context)
    renamed, aliased = aliases(contract.aliases, data, place, context)
    fallbacks: list[Key] = []
    met = bindings(contract.effects, data, named, place, context, fallbacks)
    words = _words(contract, data, context)
    departments.veil(words, place, context)
    codes = codes_of(contract.codes, data, place, context) if contract.codes else ()
    origin = origin_of(
        names,
        data.get("facility"),
        words,
        context,
        said_us=event.time_us if by_day or by_clock else None,
        by_day=by_day,
        fallbacks=tuple(fallbacks),
        codes=codes,
    )
    canonical(words, place, event.time_us, context)
    ahead = at > context.now_us + SKEW_US and not by_day
    # In the order of Event's fields: naming so many costs more than all the rest of making one.
    return Event(
        cloudevent_id(context, event.source, event.id), event.type, _content_hash(event, data, context),
        at, at, observed_at(data.get("observed_at"), context),
        # To JSON Schema 1.0 is an integer, too; the drain would not read a record with one.
        int(data.get("sequence", 0)), place.id,
        *_stated(contract, data, words, context),
        _attributes(contract, data, context) | resolved(codes, place, day, context.crosswalk),
        _flags(data, fell_back=fell_back, ahead=ahead), event.trace_id, event.span_id,
        tuple([name.key for name in (*named, *renamed)]), met,
        _lines(data.get(contract.lines) if contract.lines else None, context),
        _part(contract.part_opens, named), _part(contract.part_refers, named),
        origin, aliased, _undone(contract.undoes, event, context),
    )  # fmt: skip


def _stated(
    contract: Contract, data: Mapping[str, Any], words: Mapping[str, str | None], context: Context
) -> Stated:
    """Return what the event states of its fact, from its department to its reason, as Event has it."""
    return (
        words["department"],
        words["payer"],
        words["interface"] or fields.code(data.get("interface"), context.dropped, "interface"),
        fields.code(data.get("system"), context.dropped, "system"),
        words["outcome"],
        words["basis"],
        fields.amount(_value(contract, "amount", data)),
        fields.quantity(_value(contract, "quantity", data)),
        words["reason"],
    )


def _undone(rule: Undoes | None, event: WireEvent, context: Context) -> bytes | None:
    """Return the event that this one takes back: one of the same connector, so nobody undoes another's."""
    if rule is None:
        return None
    return cloudevent_id(context, event.data.get(rule.source) or event.source, event.data[rule.id])


def _flags(data: Mapping[str, Any], *, fell_back: bool, ahead: bool) -> tuple[str, ...]:
    said = data.get("flags")
    if not (said or fell_back or ahead):
        return ()
    flags = set(said or ())
    if fell_back:
        flags.add(FALLBACK)
    if ahead:
        flags.add("clock_ahead")
    return tuple(sorted(flags))


def cloudevent_id(context: Context, source: str, event_id: str) -> bytes:
    """Return the 16-byte id of (connector, source, id): sources and ids never run into each other."""
    said = source.encode()
    return sha256(context.prefix + len(said).to_bytes(4, "big") + said + event_id.encode()).digest()[
        :HASH_BYTES
    ]


def observed_at(value: Any, context: Context) -> int | None:
    """Return when the sender's system learned of the event, in microseconds. Raises RejectedItem."""
    if value is None:
        return None
    try:
        found = msgspec.convert(value, datetime)
    except msgspec.ValidationError as exc:
        raise RejectedItem("invalid_observed_at") from exc
    if found.tzinfo is None:
        raise RejectedItem("invalid_observed_at")
    at = micros(found)
    context.check_time(at)
    return at


def _known(data: dict[str, Any], contract: Contract, context: Context) -> dict[str, Any]:
    known = contract.known
    if data.keys() <= known:
        return data
    for name in data.keys() - known:
        context.drop(countable(name))
    return {name: value for name, value in data.items() if name in known}


def _content_hash(event: WireEvent, data: Mapping[str, Any], context: Context) -> bytes:
    # Keyed: a plain hash of few possible values would give them away.
    said = _sorted_json((event.type, event.time_us, event.trace_id, data))
    return blake2b(said, key=context.hash_key, digest_size=HASH_BYTES).digest()


def _words(contract: Contract, data: Mapping[str, Any], context: Context) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in ("department", "payer", "interface", "outcome", "basis", "reason"):
        source = contract.fact.get(name)
        found[name] = None if source is None else fields.code(source.of(data), context.dropped, name)
    return found


def _value(contract: Contract, name: str, data: Mapping[str, Any]) -> Any:
    source = contract.fact.get(name)
    return None if source is None else source.of(data)


def _attributes(contract: Contract, data: Mapping[str, Any], context: Context) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name in contract.attributes:
        value = data.get(name)
        if value is not None:
            text = fields.code(value, context.dropped, name)
            if text is not None:
                kept[name] = text
    return kept


def _lines(raw: Any, context: Context) -> tuple[Line, ...]:
    if not raw:
        return ()
    if len(raw) > LINES_LIMIT:
        raise RejectedItem("too_many_lines")
    return tuple(
        Line(
            line=_line_name(item.get("line"), context),
            group=fields.code(item.get("group"), context.dropped, "lines.group"),
            code=fields.code(item.get("code"), context.dropped, "code"),
            basis=item["basis"],
            amount=fields.amount(item.get("amount")),
            quantity=fields.quantity(item.get("quantity")),
        )
        for item in raw
    )


def _line_name(value: Any, context: Context) -> str:
    """Return what a line is known by: a number of somebody's as a digest, so that answers still name it."""
    said = fields.text(value) or ""
    if fields.code(said, {}, "line") is not None or not said:
        return said
    context.drop("lines.line")
    return blake2b(said.encode(), key=context.hash_key, digest_size=LINE_BYTES).hexdigest()


def _part(kinds: frozenset[str], named: list[Named]) -> tuple[bytes, ...]:
    return tuple([name.key.token for name in named if name.kind.name in kinds]) if kinds else ()


def bindings(
    effects: tuple[Effect, ...],
    data: Mapping[str, Any],
    named: list[Named],
    place: Place,
    context: Context,
    fallbacks: list[Key],
) -> tuple[Binding, ...]:
    """Return how the event meets its transaction in each workflow that it says something about.

    Adds to `fallbacks` the keys of transactions of last resort.
    """
    found = []
    for effect in effects:
        what = effect.effect.of(data)
        if what is not None:
            found.append(_binding(effect, what, data, named, place, context, fallbacks))
    # An effect without any of its keys could only wait for ever, where the others say where it belongs.
    return tuple([b for b in found if b.direct or b.via or b.default]) or tuple(found)


def _binding(
    effect: Effect,
    what: str,
    data: Mapping[str, Any],
    named: list[Named],
    place: Place,
    context: Context,
    fallbacks: list[Key],
) -> Binding:
    direct = default = None
    via: tuple[bytes, ...] = ()
    if effect.instance is not None:
        direct = direct_id(effect.workflow, effect.instance, named, context)
    if direct is None:
        via = tuple([name.key.token for kind in effect.via for name in named if name.kind.name == kind])
        for rule in effect.defaults:
            if (fallback := named_key(rule, data, place, context)) is not None:
                default = instance_id(effect.workflow, fallback, context)
                fallbacks.append(fallback.key)
                break
    mode = effect.mode.of(data) or "one"
    return Binding(effect.workflow, effect.step, what, direct, via, mode, default)
