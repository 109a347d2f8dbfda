"""Count what depends on codes that nobody has mapped: facts of three months, not while a page waits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.db import transaction

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY
from integrations.ingest import crosswalks
from integrations.ingest.event_rules import FALLBACK
from integrations.ingest.places import DAY_US, Crosswalk, Place, day_of
from integrations.ingest.records import Word, micros, moment
from integrations.models import LocalCode, ReferenceEntity
from integrations.reference.crosswalk import departments_of
from observability.accounts.locks import one_at_a_time
from observability.core.sql import fetch_all
from tracing.models import FollowUp, UnmappedCode, follow_up
from tracing.storage.targets import Days, Words, days_of, stretches

LOCK = "unmapped"
WINDOW = timedelta(days=92)
MOST_CODES = 2_000
WORDINGS = "SELECT id, names, facility, department, payer, codes FROM wording ORDER BY id"
# The authority of a facility's own code is the facility that the event stands at.
COUNT = """
WITH said AS (
    SELECT * FROM unnest(%(wordings)s::bigint[], %(kinds)s::text[], %(authorities)s::text[],
                         %(codes)s::text[], %(facilities)s::int[], %(starts)s::timestamptz[],
                         %(stops)s::timestamptz[])
               AS s(wording_id, kind, authority, code, facility_id, start, stop)
), used AS (
    SELECT s.kind, coalesce(s.authority, p.code) AS authority, s.code, f.facility_id, f.workflow,
           f.transaction_id, f.event_id, f.connector_id, f.occurred_at
      FROM said s
      JOIN fact f ON f.wording_id = s.wording_id AND f.occurred_at >= s.start AND f.occurred_at < s.stop
                 AND f.occurred_at >= %(since)s
                 AND (s.facility_id IS NULL OR s.facility_id = f.facility_id)
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
    ours, days, since = _Ours(crosswalk), days_of(crosswalk), at - WINDOW
    asked = [
        each
        for words in fetch_all(Words, WORDINGS, {})
        for each in _missing(words, crosswalk, ours, days)
        if each.stop > since
    ]
    params = {
        "wordings": [each.wording_id for each in asked],
        "kinds": [each.kind for each in asked],
        "authorities": [each.authority for each in asked],
        "codes": [each.code for each in asked],
        "facilities": [each.facility_id for each in asked],
        "starts": [each.start for each in asked],
        "stops": [each.stop for each in asked],
        "since": since,
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


@dataclass(frozen=True, slots=True)
class _Missing:
    """A code of a wording that nobody has mapped, from one moment up to another.

    `facility_id`: only where it stands there, by a connector's fallback; None: wherever.
    """

    wording_id: int
    kind: str
    authority: str | None
    code: str
    facility_id: int | None
    start: datetime
    stop: datetime


def _missing(words: Words, crosswalk: Crosswalk, ours: _Ours, days: Days) -> Iterator[_Missing]:
    """Return the codes of a wording on the days on which they are unmapped."""
    anywhere = {each: each for each in crosswalk.by_id}
    found = stretches(words, crosswalk, days, anywhere)
    for (first, after), same in groupby(found, key=lambda each: each[1:3]):
        start, stop = moment(first * DAY_US), moment(after * DAY_US)
        standing = [(whose, place) for whose, _, _, place in same]
        for authority, code in words.pairs:
            if crosswalk.meaning(FACILITY, authority, code, first) is None:
                yield _Missing(words.id, FACILITY, authority, code, None, start, stop)
        for said in words.local:
            where = [whose for whose, place in standing if not ours.has(said, place, first)]
            for whose in [None] if len(where) == len(standing) else where:
                yield _Missing(words.id, said.kind, said.authority or None, said.code, whose, start, stop)


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
