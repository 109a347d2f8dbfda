"""Pure: an event that was taken in, placed by another crosswalk as if that had always been there.

Keys within a facility hold the facility, so they are numbered anew from their clear value, and with them
whatever names a transaction or refers to one. What cannot be done in full is not done at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msgspec

from integrations.catalogue.code_kinds import DEPARTMENT, PAYER
from integrations.catalogue.key_kinds import kinds
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.event_rules import FALLBACK
from integrations.ingest.keys import Named
from integrations.ingest.local_codes import resolved
from integrations.ingest.places import Crosswalk, Place, day_of, moment_of
from integrations.ingest.records import Alias, Binding, Event, Key, Origin, every_key
from observability.core import tokens

SEALED = "sealed"


class CannotMove(Exception):
    """The event stays where it is; `code` is `sealed`, or that under which the edge would refuse it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Numbers:
    """What numbering anew needs: the id key, clear values by token, and who makes a key of them."""

    id_key: bytes
    clear: Mapping[bytes, str]
    make: Callable[[str, str, str], Named]  # kind, effective issuer, value


@dataclass(frozen=True, slots=True)
class Placing:
    """Where an event belongs, and what its department, its payer and its other codes are called there."""

    place: Place
    department: str | None
    payer: str | None
    codes: Mapping[str, str]  # by the field that holds it
    flags: tuple[str, ...]


def within_facility(event: Event) -> list[Key]:
    """Return the keys of an event that would be others at another facility."""
    known = kinds()
    return [key for key in every_key(event) if key.kind in known and known[key.kind].within_facility]


def said_at(event: Event, origin: Origin) -> int:
    """Return the time as the message wrote it, in microseconds."""
    return event.occurred_at if origin.said_us is None else origin.said_us


def placing(
    event: Event, crosswalk: Crosswalk, *, default_id: int, granted: frozenset[int]
) -> Placing | None:
    """Return where this crosswalk places the event; None where its words were not kept. Raises CannotMove."""
    origin = event.origin
    if origin is None:
        return None
    day = day_of(said_at(event, origin))
    try:
        place, fell_back = crosswalk.resolve(
            origin.names, origin.facility, day, default_id=default_id, granted=granted
        )
    except RejectedItem as exc:
        raise CannotMove(exc.code) from exc
    return Placing(
        place=place,
        department=crosswalk.canonical(DEPARTMENT, place, origin.department, day),
        payer=crosswalk.canonical(PAYER, place, origin.payer, day),
        codes=resolved(origin.codes, place, day, crosswalk),
        flags=tuple(sorted(set(event.flags) - {FALLBACK} | ({FALLBACK} if fell_back else set()))),
    )


def placed(event: Event, at: Placing, numbers: Numbers) -> Event:
    """Return the event as it is there; an equal one where nothing differs. Raises CannotMove."""
    here = msgspec.structs.replace(
        event,
        department=at.department,
        payer=at.payer,
        flags=at.flags,
        attributes={**event.attributes, **at.codes},
    )
    return here if at.place.id == event.facility_id else _moved(here, at.place, numbers)


def _moved(event: Event, place: Place, numbers: Numbers) -> Event:
    origin = event.origin or Origin()
    anew = {key.token: _numbered(key, place, numbers) for key in within_facility(event)}
    workflows = {b.workflow for b in event.bindings} | {a.workflow for a in event.aliases if a.workflow}
    ids = {
        _transaction(workflow, old, numbers): _transaction(workflow, new, numbers)
        for workflow in workflows
        for old, new in anew.values()
    }
    token = {old.key.token: new.key.token for old, new in anew.values()}

    def tokens_of(named: tuple[bytes, ...]) -> tuple[bytes, ...]:
        return tuple(token.get(each, each) for each in named)

    def binding_of(b: Binding) -> Binding:
        direct = None if b.direct is None else ids.get(b.direct, b.direct)
        default = None if b.default is None else ids.get(b.default, b.default)
        return Binding(b.workflow, b.step, b.effect, direct, tokens_of(b.via), b.mode, default)

    def alias_of(a: Alias) -> Alias:
        names = ids if a.workflow else token
        within = None if a.within is None else token.get(a.within, a.within)
        return Alias(a.kind, names.get(a.old, a.old), names.get(a.new, a.new), a.workflow, within)

    def keys_of(known: tuple[Key, ...]) -> tuple[Key, ...]:
        return tuple(anew[key.token][1].key if key.token in anew else key for key in known)

    at = event.occurred_at
    if origin.said_us is not None:
        at = moment_of(origin.said_us, place, by_day=origin.by_day, by_clock=True)
    return msgspec.structs.replace(
        event,
        facility_id=place.id,
        occurred_at=at,
        ended_at=event.ended_at + at - event.occurred_at,
        keys=keys_of(event.keys),
        bindings=tuple(map(binding_of, event.bindings)),
        aliases=tuple(map(alias_of, event.aliases)),
        part_opens=tokens_of(event.part_opens),
        part_refers=tokens_of(event.part_refers),
        origin=msgspec.structs.replace(origin, fallbacks=keys_of(origin.fallbacks)),
    )


def _numbered(key: Key, place: Place, numbers: Numbers) -> tuple[Named, Named]:
    """Return a key as it was and as it is at another facility."""
    value = numbers.clear.get(key.token)
    if value is None:
        raise CannotMove(SEALED)
    kind = kinds()[key.kind]
    issuer = kind.effective_issuer(key.issuer.rpartition("@")[0], place.code)
    return Named(kind, key.issuer, kind.normalise(value), key), numbers.make(key.kind, issuer, value)


def _transaction(workflow: str, named: Named, numbers: Numbers) -> bytes:
    return tokens.transaction_id(
        numbers.id_key, workflow=workflow, kind=named.kind.name, issuer=named.issuer, value=named.value
    )
