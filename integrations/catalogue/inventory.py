"""What is kept of what is sent: every field, from the declarations that the edge itself works by.

Nothing here is written by hand but purposes: a field added to a contract is in the inventory, because the
contract is what lets it in.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from integrations.catalogue import glossary
from integrations.catalogue.contracts import Contract, contracts
from integrations.catalogue.key_kinds import KeyKind, kinds
from integrations.catalogue.telemetry import gauges, resource_attributes, span_attributes
from observability.accounts.roles import PERMISSIONS, Permission, PrivacyClass

COLUMNS = Path(__file__).parent / "data" / "columns.yaml"
SPAN, STEP, GAUGE = "spans", "span.step.v1", "gauges"


class Kept(StrEnum):
    """How a field is kept."""

    SEALED = "token and sealed form"
    TOKEN = "token only"  # noqa: S105 - a word of the page
    CLEAR = "clear, checked"
    SCRUBBED = "clear, scrubbed"
    DIGEST = "digest or known template"
    READ = "read, not kept"


@dataclass(frozen=True, slots=True)
class Entry:
    """One field, or several senders' fields of one name that are kept in the same way."""

    field: str
    origin: str  # event, step, span, resource, gauge, identifier
    types: tuple[str, ...]  # event types, or what kind of telemetry
    privacy_class: PrivacyClass
    purpose: str
    kept: tuple[Kept, ...]
    columns: tuple[str, ...]
    policy: str
    permission: Permission
    clear_permission: Permission | None = None  # what it takes to see it in clear, where that is more

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The roles that see it, masked where it is sealed."""
        return _roles(self.permission)

    @property
    def clear_to(self) -> tuple[str, ...]:
        """The roles that may have it shown in clear, for a reason; empty where that is no other matter."""
        return _roles(self.clear_permission) if self.clear_permission else ()


def _roles(permission: Permission) -> tuple[str, ...]:
    return tuple(sorted(role.value for role, held in PERMISSIONS.items() if permission in held))


FACT_COLUMNS = {
    "amount": ("fact.amount", "transaction.amount", "transaction.paid"),
    "basis": ("fact.basis",),
    "payer": ("fact.payer", "transaction.payer", "wording.payer"),
    "department": ("fact.department", "transaction.department", "wording.department"),
    "outcome": ("fact.outcome", "transaction.outcome", "step.outcome"),
    "reason": ("fact.reason", "transaction.reason", "step.reason"),
    "quantity": ("fact.quantity",),
    "interface": ("fact.interface", "step.interface"),
}
COMMON_COLUMNS = {
    "facility": ("fact.facility_id", "transaction.facility_id", "wording.facility"),
    "facility_ids": ("fact.facility_id", "transaction.facility_id", "wording.names"),
    "issuer": ("identifier.issuer",),
    "sequence": ("fact.sequence",),
    "observed_at": ("fact.observed_at",),
    "interface": ("fact.interface",),
    "system": ("event.body",),
    "flags": ("fact.flags",),
    "date_only": ("fact.occurred_at", "fact.attributes"),
    "local_time": ("fact.occurred_at",),
}
# Attributes that the fold writes into a column of the transaction too.
FOLDED = {"patient_responsibility": ("transaction.patient_responsibility",)}
LINE_COLUMNS = {"line": "line", "group": "group_code", "code": "code", "basis": "basis", "amount": "amount",
                "quantity": "quantity"}  # fmt: skip
KEY_COLUMNS = ("transaction_key.token", "identifier.token", "identifier.sealed", "identifier.last")


@cache
def entries() -> tuple[Entry, ...]:
    """Return the whole inventory, fields of one meaning together."""
    found: dict[tuple[object, ...], Entry] = {}
    for entry in [*_event_fields(), *_identifiers(), *_steps(), *_telemetry()]:
        place = (entry.field, entry.origin, entry.privacy_class, entry.purpose, entry.kept, entry.columns)
        known = found.get(place)
        types = tuple(dict.fromkeys([*(known.types if known else ()), *entry.types]))
        found[place] = replace(entry, types=types)
    return tuple(sorted(found.values(), key=lambda entry: (ORIGINS.index(entry.origin), entry.field)))


ORIGINS = ("event", "step", "identifier", "span", "resource", "gauge")


def _event_fields() -> Iterator[Entry]:
    for contract in contracts().values():
        for name, told in contract.told.items():
            ways = list(_ways(contract, name))
            kept = tuple(dict.fromkeys(way for way, _ in ways)) or (Kept.READ,)
            columns = tuple(dict.fromkeys(column for _, found in ways for column in found))
            yield Entry(
                name, "event", (contract.type,), told.privacy_class, told.purpose, kept, columns,
                "transactions", Permission.SEE_TRANSACTIONS,
                Permission.REVEAL if Kept.SEALED in kept else None,
            )  # fmt: skip


def _ways(contract: Contract, name: str) -> Iterator[tuple[Kept, tuple[str, ...]]]:
    """Return each way in which a field of a contract is kept, with the columns."""
    for rule in contract.named:
        if name in rule.value.fields:
            yield _kept_as(rule.kind), KEY_COLUMNS
        if rule.issuer is not None and name in rule.issuer.fields:
            yield Kept.CLEAR, ("identifier.issuer",)
    yield from _renaming(contract, name)
    for column, source in contract.fact.items():
        if source.field == name:
            yield Kept.CLEAR, FACT_COLUMNS[column]
    if any(rule.field == name for rule in contract.codes):
        yield Kept.CLEAR, ("fact.attributes", "wording.codes")
    if name in contract.attributes:
        yield Kept.CLEAR, ("fact.attributes", *FOLDED.get(name, ()))
    lines, _, detail = name.partition(".")
    if lines == contract.lines and detail:
        way = (Kept.CLEAR, Kept.DIGEST) if detail == "line" else (Kept.CLEAR,)
        yield from ((each, (f"fact_line.{LINE_COLUMNS[detail]}",)) for each in way)
    elif name == contract.lines:
        yield Kept.CLEAR, ("fact_line.line",)
    if name in COMMON_COLUMNS:
        yield Kept.CLEAR, COMMON_COLUMNS[name]


def _renaming(contract: Contract, name: str) -> Iterator[tuple[Kept, tuple[str, ...]]]:
    if contract.aliases is not None:
        if name == contract.aliases.by:
            yield Kept.CLEAR, ("key_alias.kind",)
        for column, rules in (
            ("old", [each.old for each in contract.aliases.names]),
            ("new", [each.new for each in contract.aliases.names]),
            ("within", [each.key for each in contract.aliases.within]),
        ):
            if any(name in rule.value.fields for rule in rules):
                yield Kept.TOKEN, (f"key_alias.{column}",)
    if contract.undoes is not None and name in (contract.undoes.id, contract.undoes.source):
        yield Kept.DIGEST, ("key_alias_undone.undoes",)


def _kept_as(kind: KeyKind) -> Kept:
    # What nobody is shown is sealed where a facility numbers it: an event that moves is numbered anew.
    return Kept.TOKEN if kind.hidden and not kind.within_facility else Kept.SEALED


def _identifiers() -> Iterator[Entry]:
    for kind in kinds().values():
        types = tuple(each.type for each in contracts().values() if any(k.kind is kind for k in each.named))
        kept = _kept_as(kind)
        yield Entry(
            f"key.{kind.name}", "identifier", (*types, STEP), PrivacyClass(kind.privacy_class), kind.purpose,
            (kept,), KEY_COLUMNS, "transactions", Permission.SEE_TRANSACTIONS,
            Permission.REVEAL if kept is Kept.SEALED and not kind.hidden else None,
        )  # fmt: skip


STEP_COLUMNS = FACT_COLUMNS | COMMON_COLUMNS | {"attempt": ("fact.attributes",)}


def _steps() -> Iterator[Entry]:
    for name, told in glossary.step_fields().items():
        columns = STEP_COLUMNS.get(name, ())
        kept = Kept.DIGEST if name == "event_id" else Kept.CLEAR if columns else Kept.READ
        yield Entry(
            f"throughline.{name}", "step", (STEP,), told.privacy_class, told.purpose, (kept,), columns,
            "transactions", Permission.SEE_TRANSACTIONS,
        )  # fmt: skip


SPAN_COLUMNS = {
    "trace_id, span_id, parent": ("span.trace_id", "span.span_id", "span.parent_id"),
    "start, end, kind, status": ("span.started_at", "span.ended_at", "span.kind", "span.status"),
}


def _telemetry() -> Iterator[Entry]:
    for name, told in glossary.span_fields().items():
        columns = SPAN_COLUMNS.get(name, (told.kept,))
        kept = Kept.SCRUBBED if name in ("name", "exception type") else Kept.CLEAR
        kept = Kept.DIGEST if told.kept == "span.message" else kept
        yield _span(name, "span", told.purpose, kept, columns)
    for name, rule in span_attributes().items():
        kept = Kept.SCRUBBED if rule.type == "word" else Kept.CLEAR
        yield _span(name, "span", rule.purpose, kept, ("span.attributes",))
    for name, rule in resource_attributes().items():
        column = "span.service" if name == "service.name" else "span.attributes"
        yield _span(name, "resource", rule.purpose, Kept.SCRUBBED, (column,))
    for name, gauge in gauges().items():
        yield Entry(
            name, "gauge", (GAUGE,), PrivacyClass.BUSINESS, gauge.purpose, (Kept.CLEAR,),
            ("gauge.at", "gauge.name", "gauge.series", "gauge.value", "gauge.attributes"),
            "gauges", Permission.SEE_CONNECTORS,
        )  # fmt: skip


def _span(name: str, origin: str, purpose: str, kept: Kept, columns: Iterable[str]) -> Entry:
    return Entry(
        name, origin, (SPAN,), PrivacyClass.BUSINESS, purpose, (kept,), tuple(columns), "spans",
        Permission.SEE_SPANS,
    )  # fmt: skip


@cache
def own_columns() -> dict[str, tuple[str, ...]]:
    """Return by table the columns that hold no field of a sender: made by us, or about the sending."""
    declared = yaml.safe_load(COLUMNS.read_text())
    return {table: tuple(columns) for table, columns in declared.items()}
