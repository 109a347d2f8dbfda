"""Where the crosswalk, as it stands, places what each wording says, and on which days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.conf import settings

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, PAYER
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.local_codes import pseudonym_of, resolved
from integrations.ingest.places import DAY_US, Crosswalk, Place
from integrations.ingest.records import Word, moment
from integrations.models import Connector, LocalCode
from observability.core.keyring import veil_key
from observability.core.sql import fetch_all

# Wordings are few: every combination of words once, whatever the traffic.
WORDINGS = """
SELECT w.id, w.names, w.facility, w.department, w.payer, w.codes
  FROM wording w
 WHERE CASE %(kind)s WHEN 'facility' THEN w.names && %(said)s::text[] AND w.names && %(authorities)s::text[]
                     WHEN 'department' THEN w.department = ANY(%(said)s)
                     WHEN 'payer' THEN w.payer = ANY(%(said)s) OR w.codes && %(said)s::text[]
                     ELSE w.codes && %(said)s::text[] AND %(kind)s = ANY(w.codes) END
 ORDER BY w.id
"""
FIRST_DAY, LAST_DAY = 0, 1_000_000  # 1970, and later than any moment that is taken in
Days = dict[tuple[str, str], set[int]]  # kind and code -> on which days something changes


@dataclass(frozen=True, slots=True)
class Words:
    """One wording, as it is stored."""

    id: int
    names: list[str]
    facility: str
    department: str
    payer: str
    codes: list[str]

    @property
    def local(self) -> list[Word]:
        """Department, payer and the other local codes."""
        said = [Word("", DEPARTMENT, "", self.department), Word("", PAYER, "", self.payer)]
        return [each for each in said if each.code] + list(self.others)

    @property
    def others(self) -> list[Word]:
        """The local codes of fields that a contract declares."""
        parts = iter(self.codes)
        return [Word(*each) for each in zip(parts, parts, parts, parts, strict=True)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Authority and code of each name."""
        return list(zip(self.names[::2], self.names[1::2], strict=True))


@dataclass(frozen=True, slots=True)
class Target:
    """What a wording comes to on some days; `connector_id` None: whoever sends it. Where it would be refused
    there is no target: such rows stay where they are."""

    wording_id: int
    connector_id: int | None
    start: datetime
    stop: datetime
    facility_id: int
    department: str | None
    payer: str | None
    codes: Mapping[str, str]  # by the field that holds it


def wordings_of(codes: Sequence[LocalCode]) -> list[Words]:
    """Return the wordings that use any of these codes, all of one kind, in order of their ids."""
    if not codes:
        return []
    kind = codes[0].kind
    known = {(each.authority, said) for each in codes for said in said_as(each)}
    # What a facility issues is told by where the event stands: a word of it may be any facility's.
    known |= {("", said) for _, said in known}
    params = {
        "kind": kind,
        "authorities": sorted({authority for authority, _ in known}),
        "said": sorted({said for _, said in known}),
    }
    found = fetch_all(Words, WORDINGS, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
    if kind == FACILITY:
        return [words for words in found if not known.isdisjoint(words.pairs)]
    return [
        words
        for words in found
        if any(each.kind == kind and (each.authority, each.code) in known for each in words.local)
    ]


def fields_of(codes: Sequence[LocalCode]) -> list[str]:
    """Return the declared fields in which messages use codes of the kind of these."""
    words = (each for found in wordings_of(codes) for each in found.others)
    return sorted({each.field for each in words if each.kind == codes[0].kind})


def said_as(code: LocalCode) -> list[str]:
    """Return how a code may stand in what was kept: a name as its pseudonym, until somebody spoke of it."""
    return [code.code, pseudonym_of(code.kind, code.code, veil_key())]


def targets_of(codes: Sequence[LocalCode], crosswalk: Crosswalk) -> list[Target]:
    """Return what each wording that uses any of these codes, all of one kind, comes to, in order of ids."""
    connectors = dict(Connector.objects.values_list("pk", "facility_id"))
    days = days_of(crosswalk)
    return [target for words in wordings_of(codes) for target in _targets(words, crosswalk, days, connectors)]


def days_of(crosswalk: Crosswalk) -> Days:
    """Return on which days something changes about a code, whoever its authority is."""
    found: Days = {}
    for (kind, _, code), meanings in crosswalk.meanings.items():
        days = found.setdefault((kind, code), set())
        for meaning in meanings:
            days.add(max(FIRST_DAY, meaning.first))
            if meaning.last is not None:
                days.add(max(FIRST_DAY, meaning.last + 1))
    return found


def _targets(words: Words, crosswalk: Crosswalk, days: Days, connectors: dict[int, int]) -> Iterator[Target]:
    for connector_id, first, after, place in stretches(words, crosswalk, days, connectors):
        yield Target(
            words.id,
            connector_id,
            moment(first * DAY_US),
            moment(after * DAY_US),
            place.id,
            crosswalk.canonical(DEPARTMENT, place, words.department or None, first),
            crosswalk.canonical(PAYER, place, words.payer or None, first),
            resolved(words.others, place, first, crosswalk),
        )


def stretches(
    words: Words, crosswalk: Crosswalk, days: Days, fallbacks: Mapping[int, int]
) -> Iterator[tuple[int | None, int, int, Place]]:
    """Return where a wording belongs from a day up to another on which something may change.

    Where only a fallback decides, that is told for each of `fallbacks` (whose -> facility), else for None.
    """
    said = [(FACILITY, code) for _, code in words.pairs]
    said += [(each.kind, each.code) for each in words.local]
    changes = {FIRST_DAY, LAST_DAY}.union(*(days.get(each, set()) for each in said))
    everywhere = frozenset(crosswalk.by_id)
    for first, after in pairwise(sorted(changes)):
        for whose, default_id in _senders(words, crosswalk, first, fallbacks):
            try:
                place, _ = crosswalk.resolve(
                    words.pairs, words.facility or None, first, default_id=default_id, granted=everywhere
                )
            except RejectedItem:
                continue
            yield whose, first, after, place


def _senders(
    words: Words, crosswalk: Crosswalk, day: int, fallbacks: Mapping[int, int]
) -> Iterable[tuple[int | None, int]]:
    """Return whose fallback matters: nobody's where the message itself says where it belongs."""
    if words.facility:
        return [(None, 0)]
    for authority, code in words.pairs:
        found = crosswalk.meaning(FACILITY, authority, code, day)
        if found is not None and found.facility_id is not None:
            return [(None, 0)]
    return fallbacks.items()
