"""Builders of canonical records: what connectors said, in as few words as a test needs."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from integrations.ingest.records import Binding, Event, Key, Line, Span, micros
from tracing.storage.heard import Received

DAY0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONNECTOR, CREDENTIAL, FACILITY = 1, 1, 1


def raw(*parts: object) -> bytes:
    """Return 16 bytes that stand for these words."""
    return hashlib.sha256(repr(parts).encode()).digest()[:16]


def at(hours: float) -> int:
    """Return so many hours after the first day's start, in microseconds."""
    return micros(DAY0 + timedelta(hours=hours))


@dataclass
class Said:
    """One event in words; `event()` is its canonical record."""

    name: str
    claim: str | None
    step: str
    hours: float
    effect: str = "completes"
    type: str = "claim.submitted.v1"
    sequence: int = 0
    outcome: str | None = None
    amount: str | None = None
    basis: str | None = None
    keys: tuple[str, ...] = ()  # "kind:value"; claim adds its own
    via: tuple[str, ...] = ()
    mode: str = "one"
    default: str | None = None
    trace: str | None = None
    payer: str | None = None
    opens: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)
    lines: tuple[Line, ...] = ()
    version: int = 0  # another version has other content
    ends_after: float = 0
    workflow: str = "claim"
    facility: int = FACILITY

    def event(self) -> Event:
        """Return the record."""
        keys = tuple(key_of(name) for name in self.keys)
        if self.claim:
            keys += (key_of(f"claim:{self.claim}"),)
        binding = Binding(
            workflow=self.workflow,
            step=self.step,
            effect=self.effect,
            direct=raw("txn", self.workflow, self.claim) if self.claim else None,
            via=tuple(raw("token", name) for name in self.via),
            mode=self.mode,
            default=raw("txn", self.workflow, self.default) if self.default else None,
        )
        return Event(
            event_id=raw("event", self.name),
            type=self.type,
            content_hash=raw("content", repr(self)),
            occurred_at=at(self.hours),
            ended_at=at(self.hours + self.ends_after),
            observed_at=None,
            sequence=self.sequence,
            facility_id=self.facility,
            department=None,
            payer=self.payer,
            interface=None,
            system=None,
            outcome=self.outcome,
            basis=self.basis,
            amount=self.amount,
            quantity=None,
            reason=None,
            attributes=self.attributes,
            flags=(),
            trace_id=raw("trace", self.trace) if self.trace else None,
            span_id=None,
            keys=keys,
            bindings=(binding,),
            lines=self.lines,
            part_opens=tuple(raw("token", name) for name in self.opens),
            part_refers=tuple(raw("token", name) for name in self.refers),
        )


def key_of(name: str) -> Key:
    """Return the key that is written "kind:value"."""
    kind = name.split(":", maxsplit=1)[0]
    return Key(
        kind=kind,
        token=raw("token", name),
        issuer="npi:1@STM",
        last="",
        sealed=b"sealed",
        seal_key="dev",
        linking=kind != "set",
    )


def received(*said: Said | Event | Span, at_hours: float = 1_000, connector: int = CONNECTOR) -> Received:
    """Return one inbox row with these events."""
    records = [each.event() if isinstance(each, Said) else each for each in said]
    return Received(list(records), connector, CREDENTIAL, at(at_hours))
