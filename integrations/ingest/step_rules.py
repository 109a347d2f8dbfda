"""Pure: `throughline.*` attributes make a span a step of a workflow: the event beside the span."""

import re
from collections.abc import Mapping
from hashlib import sha256

from integrations.catalogue.contract_parts import text_of
from integrations.catalogue.key_kinds import KeyKind
from integrations.catalogue.workflows import DeclaredWorkflow
from integrations.ingest import departments, fields
from integrations.ingest.context import Context
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.event_rules import observed_at
from integrations.ingest.key_rules import direct_id
from integrations.ingest.keys import Named
from integrations.ingest.origins import canonical, origin_of
from integrations.ingest.places import Place, day_of
from integrations.ingest.records import Binding, Event, Span
from integrations.ingest.span_rules import ERROR, HASH_BYTES, Steps, countable

TYPE = "span.step.v1"
KEY_PREFIX = "key."
_WORD = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
_CODES = ("department", "payer", "interface", "system", "outcome", "basis", "reason")
_PLAIN = frozenset(_CODES) | {
    *("workflow", "step", "kind", "issuer", "facility", "amount", "currency", "quantity"),
    *("sequence", "attempt", "observed_at", "event_id"),
}
EFFECTS = (
    dict.fromkeys(("failed", "rejected", "error", "denied"), "fails")
    | dict.fromkeys(("reversed", "refunded"), "reverses")
    | dict.fromkeys(("cancelled", "voided"), "cancels")
    | dict.fromkeys(("pending", "received", "held", "started", "accepted_with_errors"), "feeds")
)


def step_event(
    span: Span,
    said: Steps,
    kinds: Mapping[str, KeyKind],
    workflows: Mapping[str, DeclaredWorkflow],
    context: Context,
) -> Event | None:
    """Return the event of a step-bearing span, None where it names no workflow and step."""
    if not (said.get("workflow") and said.get("step")):
        for name in said:
            context.drop(countable("throughline." + name))
        return None
    workflow, step = _name(said["workflow"]), _name(said["step"])
    if workflow not in workflows or step not in workflows[workflow].steps:
        raise RejectedItem("unknown_step")
    if said.get("currency") not in (None, "", context.currency):
        raise RejectedItem("unknown_currency")
    facility = text_of(said.get("facility"))
    place, _ = context.crosswalk.resolve(
        (),
        facility,
        day_of(span.ended_at),
        default_id=context.default_facility,
        granted=context.granted,
    )
    named = _keys(said, kinds, place, context)
    code = _codes(said, context)
    departments.veil(code, place, context)
    origin = origin_of((), facility, code, context)
    canonical(code, place, span.ended_at, context)
    effect = _effect(code["outcome"], span)
    event_id = text_of(said.get("event_id"))
    return Event(
        event_id=_event_id(context, event_id) if event_id else span.event_id,
        type=TYPE,
        content_hash=span.content_hash,
        occurred_at=span.ended_at,
        ended_at=span.ended_at,
        observed_at=observed_at(said.get("observed_at"), context),
        sequence=_integer(said.get("sequence")),
        facility_id=place.id,
        department=code["department"],
        payer=code["payer"],
        interface=code["interface"],
        system=code["system"],
        outcome=code["outcome"],
        basis=code["basis"],
        amount=fields.amount(said.get("amount")),
        quantity=fields.quantity(said.get("quantity")),
        reason=code["reason"] or span.message,
        attributes=_attributes(said),
        flags=span.flags,
        trace_id=span.trace_id,
        span_id=span.span_id,
        keys=tuple(name.key for name in named),
        bindings=(_binding(workflows[workflow], step, effect, said, named, context),),
        lines=(),
        part_opens=(),
        part_refers=(),
        origin=origin,
    )


def _name(value: object) -> str:
    if not isinstance(value, str) or not _WORD.match(value):
        raise RejectedItem("invalid_step")
    return value


def _codes(said: Steps, context: Context) -> dict[str, str | None]:
    for name in said:
        if name not in _PLAIN and not name.startswith(KEY_PREFIX):
            context.drop(countable("throughline." + name))
    return {name: fields.code(said.get(name), context.dropped, name) for name in _CODES}


def _keys(said: Steps, kinds: Mapping[str, KeyKind], place: Place, context: Context) -> list[Named]:
    issuer = text_of(said.get("issuer"))
    found = []
    for name in sorted(said):
        if not name.startswith(KEY_PREFIX):
            continue
        kind = kinds.get(name[len(KEY_PREFIX) :])
        if kind is None:
            raise RejectedItem("unknown_key_kind")
        value = text_of(said[name])
        if value is not None:
            found.append(context.keys.make(kind, kind.effective_issuer(issuer, place.code), value))
    return found


def _event_id(context: Context, event_id: str) -> bytes:
    return sha256(context.prefix + b"event_id:" + event_id.encode()).digest()[:HASH_BYTES]


def _integer(value: object) -> int:
    if value is None:
        return 0
    if not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise RejectedItem("invalid_sequence")
    return int(value)


def _attributes(said: Steps) -> dict[str, str]:
    attempt = said.get("attempt")
    return {"attempt": str(attempt)} if isinstance(attempt, int) and 0 <= attempt < 1_000_000 else {}


def _effect(outcome: str | None, span: Span) -> str:
    if outcome is None:
        return "fails" if span.status == ERROR else "completes"
    return EFFECTS.get(outcome.lower(), "completes")


def _binding(
    workflow: DeclaredWorkflow,
    step: str,
    effect: str,
    said: Steps,
    named: list[Named],
    context: Context,
) -> Binding:
    instance = text_of(said.get("kind")) or workflow.instance
    # A number that all facilities share would name one transaction in all of them: any could change it.
    if instance != workflow.instance and any(
        name.kind.name == instance and not name.kind.within_facility for name in named
    ):
        raise RejectedItem("kind_of_no_facility")
    direct = direct_id(workflow.name, instance, named, context)
    via: tuple[bytes, ...] = ()
    if direct is None:
        via = tuple(name.key.token for name in named if name.kind.linking)
    return Binding(workflow.name, step, effect, direct, via, "one", None)
