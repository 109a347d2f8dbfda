"""Count what depends on codes that nobody has mapped: facts of three months, not while a page waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY
from integrations.ingest import crosswalks
from integrations.ingest.decoders.errors import RejectedItem
from integrations.ingest.event_rules import FALLBACK
from integrations.ingest.places import Crosswalk, Place, day_of
from integrations.ingest.records import Word, micros
from integrations.models import LocalCode, ReferenceEntity
from integrations.reference.crosswalk import departments_of
from observability.accounts.locks import one_at_a_time
from observability.core.sql import fetch_all
from tracing.models import FollowUp, UnmappedCode, follow_up
from tracing.storage.targets import Words

LOCK = "unmapped"
WINDOW = timedelta(days=92)
MOST_CODES = 2_000
WORDINGS = "SELECT id, names, facility, department, payer, codes FROM wording ORDER BY id"
# The authority of a facility's own code is the facility that the event stands at.
COUNT = """
WITH said AS (
    SELECT * FROM unnest(%(wordings)s::bigint[], %(kinds)s::text[], %(authorities)s::text[],
                         %(codes)s::text[]) AS s(wording_id, kind, authority, code)
), used AS (
    SELECT s.kind, coalesce(s.authority, p.code) AS authority, s.code, f.facility_id, f.workflow,
           f.transaction_id, f.event_id, f.connector_id, f.occurred_at
      FROM said s
      JOIN fact f ON f.wording_id = s.wording_id AND f.occurred_at >= %(since)s
      JOIN facility p ON p.id = f.facility_id
     WHERE s.kind <> 'facility' OR %(fallback)s = ANY(f.flags)
), worth AS (
    SELECT u.kind, u.authority, u.code, u.facility_id, u.workflow, count(*) AS transactions,
           sum(t.amount) AS amount
      FROM (SELECT DISTINCT kind, authority, code, facility_id, workflow, transaction_id FROM used) u
      JOIN transaction t ON t.id = u.transaction_id
     GROUP BY 1, 2, 3, 4, 5
)
SELECT u.kind, u.authority, u.code, u.facility_id, u.workflow,
       array_agg(DISTINCT u.connector_id) AS connectors, count(DISTINCT u.event_id)::int AS events,
       w.transactions::int AS transactions, w.amount,
       min(u.occurred_at) AS first_at, max(u.occurred_at) AS last_at
  FROM used u JOIN worth w USING (kind, authority, code, facility_id, workflow)
 GROUP BY u.kind, u.authority, u.code, u.facility_id, u.workflow, w.transactions, w.amount
 ORDER BY w.amount DESC NULLS LAST, u.kind, u.authority, u.code, u.facility_id, u.workflow
 LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What depends on one code at one facility in one workflow."""

    kind: str
    authority: str
    code: str
    facility_id: int
    workflow: str
    connectors: list[int]
    events: int
    transactions: int
    amount: Decimal | None
    first_at: datetime
    last_at: datetime


def count_unmapped(at: datetime) -> int:
    """Count anew what depends on unmapped codes in the last three months; answer how many codes there are."""
    crosswalk = crosswalks.load()
    ours = _Ours(crosswalk)
    asked = [
        each for words in fetch_all(Words, WORDINGS, {}) for each in _candidates(words, crosswalk, ours, at)
    ]
    params = {
        "wordings": [wording_id for wording_id, _, _, _ in asked],
        "kinds": [kind for _, kind, _, _ in asked],
        "authorities": [authority for _, _, authority, _ in asked],
        "codes": [code for _, _, _, code in asked],
        "since": at - WINDOW,
        "fallback": FALLBACK,
        "limit": MOST_CODES,
    }
    found = fetch_all(Used, COUNT, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS) if asked else []
    with transaction.atomic():
        one_at_a_time(LOCK)
        return _keep([each for each in found if ours.misses(each)], at)


class _Ours:
    """What is ours already: codes that are the canonical ones themselves, or that the crosswalk knows."""

    def __init__(self, crosswalk: Crosswalk) -> None:
        self._crosswalk = crosswalk
        self._entities: dict[str, set[str]] = {}
        self._departments = {
            place.id: set(departments_of(place.code).values_list("code", flat=True))
            for place in crosswalk.by_id.values()
        }

    def has(self, said: Word, place: Place, day: int) -> bool:
        """Say whether a local code is known on a day."""
        canonical = self._departments[place.id] if said.kind == DEPARTMENT else self._coded(said.kind)
        if said.code in canonical:
            return True
        return self._crosswalk.said_of(said.kind, said.authority, place, said.code, day) is not None

    def _coded(self, kind: str) -> set[str]:
        """Return the codes of a kind of entity, read once where messages use the kind."""
        if kind not in self._entities:
            known = ReferenceEntity.objects.filter(kind=kind).values_list("code", flat=True)
            self._entities[kind] = set(known)
        return self._entities[kind]

    def misses(self, used: Used) -> bool:
        """Say whether nobody has mapped it; what is mapped and still on its way is not missing."""
        day = day_of(micros(used.last_at))
        if used.kind == FACILITY:
            return self._crosswalk.meaning(FACILITY, used.authority, used.code, day) is None
        place = self._crosswalk.by_id[used.facility_id]
        authority = "" if used.authority == place.code else used.authority
        return not self.has(Word("", used.kind, authority, used.code), place, day)


def _candidates(
    words: Words, crosswalk: Crosswalk, ours: _Ours, at: datetime
) -> Iterator[tuple[int, str, str | None, str]]:
    """Return the codes of a wording that may be unmapped; where they stand is told by the facts."""
    day = day_of(micros(at))
    for authority, code in words.pairs:
        # Mapped from some day on, it may still be missing before.
        days = (day, day_of(micros(at - WINDOW)))
        if any(crosswalk.meaning(FACILITY, authority, code, each) is None for each in days):
            yield words.id, FACILITY, authority, code
    try:
        everywhere = frozenset(crosswalk.by_id)
        place, _ = crosswalk.resolve(
            words.pairs, words.facility or None, day, default_id=0, granted=everywhere
        )
    except RejectedItem:
        place = None  # the connector's fallback decides
    for said in words.local:
        if place is None or not ours.has(said, place, day):
            yield words.id, said.kind, said.authority or None, said.code


def _keep(found: list[Used], at: datetime) -> int:
    FollowUp.objects.update_or_create(name=follow_up.UNMAPPED, defaults={"mark": at})
    UnmappedCode.objects.all().delete()
    codes: dict[tuple[str, str, str], LocalCode] = {}
    for each in found:
        name = (each.kind, each.authority, each.code)
        if name not in codes:
            codes[name], _ = LocalCode.objects.get_or_create(
                kind=each.kind, authority=each.authority, code=each.code
            )
    UnmappedCode.objects.bulk_create(
        UnmappedCode(
            code=codes[each.kind, each.authority, each.code],
            facility_id=each.facility_id,
            workflow=each.workflow,
            connector_ids=each.connectors,
            events=each.events,
            transactions=each.transactions,
            amount=each.amount,
            first_at=each.first_at,
            last_at=each.last_at,
        )
        for each in found
    )
    return len(codes)
