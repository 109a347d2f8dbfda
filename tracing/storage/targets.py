"""Where the crosswalk, as it stands, places what each wording says, and on which days."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.conf import settings

from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.places import DAY_US, DEPARTMENT, FACILITY, PAYER, Crosswalk
from integrations.ingest.records import moment
from integrations.models import CodeKind, Connector, LocalCode
from observability.core.sql import fetch_all

# Wordings are few: every combination of words once, whatever the traffic.
WORDINGS = {
    FACILITY: "%(code)s = ANY(w.names) AND %(authority)s = ANY(w.names)",
    DEPARTMENT: "w.department = %(code)s",
    PAYER: "w.payer = %(code)s",
}
FIRST_DAY, LAST_DAY = 0, 1_000_000  # 1970, and later than any moment that is taken in


@dataclass(frozen=True, slots=True)
class Words:
    """One wording, as it is stored."""

    id: int
    names: list[str]
    facility: str
    department: str
    payer: str

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


def wordings_of(code: LocalCode) -> list[Words]:
    """Return the wordings that use a code, in order of their ids."""
    sql = f"SELECT w.* FROM wording w WHERE {WORDINGS[code.kind]} ORDER BY w.id"
    params = {"code": code.code, "authority": code.authority}
    found = fetch_all(Words, sql, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
    if code.kind != CodeKind.FACILITY:
        return found
    return [words for words in found if (code.authority, code.code) in words.pairs]


def targets_of(code: LocalCode, crosswalk: Crosswalk) -> list[Target]:
    """Return what each wording that uses a code comes to, in order of the wordings' ids."""
    connectors = dict(Connector.objects.values_list("pk", "facility_id"))
    days = _days(crosswalk)
    return [target for words in wordings_of(code) for target in _targets(words, crosswalk, days, connectors)]


def _days(crosswalk: Crosswalk) -> dict[tuple[str, str], set[int]]:
    """Return on which days something changes about a code, whoever its authority is."""
    found: dict[tuple[str, str], set[int]] = {}
    for (kind, _, code), meanings in crosswalk.meanings.items():
        days = found.setdefault((kind, code), set())
        for meaning in meanings:
            days.add(max(FIRST_DAY, meaning.first))
            if meaning.last is not None:
                days.add(max(FIRST_DAY, meaning.last + 1))
    return found


def _targets(
    words: Words,
    crosswalk: Crosswalk,
    days: dict[tuple[str, str], set[int]],
    connectors: dict[int, int],
) -> Iterator[Target]:
    said = [(FACILITY, code) for _, code in words.pairs]
    said += [(DEPARTMENT, words.department), (PAYER, words.payer)]
    changes = {FIRST_DAY, LAST_DAY}.union(*(days.get(each, set()) for each in said))
    for first, after in pairwise(sorted(changes)):
        for connector_id, default_id in _senders(words, crosswalk, first, connectors):
            try:
                place, _ = crosswalk.resolve(
                    words.pairs,
                    words.facility or None,
                    first,
                    default_id=default_id,
                    granted=frozenset(crosswalk.by_id),
                )
            except RejectedItem:
                continue
            yield Target(
                words.id,
                connector_id,
                moment(first * DAY_US),
                moment(after * DAY_US),
                place.id,
                crosswalk.canonical(DEPARTMENT, place, words.department or None, first),
                crosswalk.canonical(PAYER, place, words.payer or None, first),
            )


def _senders(
    words: Words, crosswalk: Crosswalk, day: int, connectors: dict[int, int]
) -> Iterable[tuple[int | None, int]]:
    """Return whose fallback matters: nobody's where the message itself says where it belongs."""
    if words.facility:
        return [(None, 0)]
    for authority, code in words.pairs:
        found = crosswalk.meaning(FACILITY, authority, code, day)
        if found is not None and found.facility_id is not None:
            return [(None, 0)]
    return connectors.items()
