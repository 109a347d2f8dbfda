"""What a change of the crosswalk would move: counted before anybody decides, by the rows as they stand."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, PAYER
from integrations.ingest import crosswalks
from integrations.ingest.places import ANYWHERE
from integrations.models import BEGINNING, Connector, Facility, LocalCode
from integrations.reference.crosswalk import Laid, Named, Target, lay, meant
from observability.accounts import audit
from observability.accounts.models import User
from observability.core.sql import fetch_all, fetch_one
from tracing.models import UnmappedCode
from tracing.storage.targets import Target as Place
from tracing.storage.targets import fields_of, said_as, targets_of

TARGETS = """
    unnest(%(wordings)s::bigint[], %(connectors)s::bigint[], %(starts)s::timestamptz[],
           %(stops)s::timestamptz[], %(facilities)s::int[], %(departments)s::text[], %(payers)s::text[],
           %(codes)s::jsonb[])
      AS t(wording_id, connector_id, start, stop, facility_id, department, payer, codes)
"""
# Each transaction once for each way in which some of its facts move. A kind is told where it may stand.
PLAN = f"""
WITH moving AS (
    SELECT f.transaction_id, c.was, c.now, count(DISTINCT f.event_id) AS events
      FROM {TARGETS}
      JOIN fact f ON f.wording_id = t.wording_id AND f.occurred_at >= t.start AND f.occurred_at < t.stop
                 AND (t.connector_id IS NULL OR t.connector_id = f.connector_id)
      JOIN facility wf ON wf.id = f.facility_id
      JOIN facility nf ON nf.id = t.facility_id
     CROSS JOIN LATERAL (
            SELECT wf.code, nf.code WHERE %(kind)s = 'facility'
            UNION ALL SELECT f.department, t.department WHERE %(kind)s = 'department'
            UNION ALL SELECT f.payer, t.payer WHERE %(kind)s = 'payer'
            UNION ALL SELECT f.attributes->>k.key, k.value FROM jsonb_each_text(t.codes) k
                       WHERE k.key = ANY(%(fields)s)
           ) c(was, now)
     WHERE c.was IS DISTINCT FROM c.now
     GROUP BY f.transaction_id, c.was, c.now
)
SELECT m.was, m.now, x.workflow, sum(m.events)::int AS events, count(*)::int AS transactions,
       sum(x.amount) AS amount
  FROM moving m JOIN transaction x ON x.id = m.transaction_id
 GROUP BY m.was, m.now, x.workflow ORDER BY m.was, m.now, x.workflow
"""
# Taken in by a release that kept no words: no mapping moves them.
WORDLESS = """
SELECT count(DISTINCT f.event_id)::int AS events
  FROM fact f
 WHERE f.wording_id IS NULL AND f.facility_id = ANY(%(facilities)s)
   AND f.occurred_at >= %(start)s AND f.occurred_at < %(stop)s
   AND CASE %(kind)s WHEN 'department' THEN f.department = ANY(%(codes)s)
                     WHEN 'payer' THEN f.payer = ANY(%(codes)s) ELSE true END
"""
LAST = datetime(9999, 1, 1, tzinfo=UTC)
WORDED = (FACILITY, DEPARTMENT, PAYER)  # what messages were read for before their words were kept


@dataclass(frozen=True, slots=True)
class Moving:
    """How many events and transactions of a workflow go from one place or code to another, and their worth.

    Two workflows may follow the same money: their amounts are not to be added.
    """

    was: str | None
    now: str | None
    workflow: str
    events: int
    transactions: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants a code to mean; None as the target ends what it meant on these days."""

    named: Named
    target: Target | None
    since: date = BEGINNING
    until: date | None = None
    owner: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would move. `changes` is false where the crosswalk says so already.

    `wordless`: so many events were taken in before words were kept, and stay whatever is said.
    """

    changes: bool
    moving: Sequence[Moving]
    wordless: int = 0


class _Undo(Exception):
    """What was tried is taken back."""


@dataclass(frozen=True, slots=True)
class _Counted:
    events: int


def plan(change: Change, *, at: datetime) -> Plan:
    """Return what a change would move, counted by the UTC day of each event; nothing is changed.

    Raises WrongTarget, audit.ReasonTooShort.
    """
    found = Plan(changes=False, moving=())
    audit.reason_of(change.reason)
    try:
        with transaction.atomic():
            laid = lay(change.named, change.target, **terms_of(change, None, at))
            if laid is not None:
                moves = moving([laid.code]) if laid.moves else []
                found = Plan(changes=True, moving=moves, wordless=_wordless(change, laid, moves))
            raise _Undo
    except _Undo:
        return found


def moving(codes: Sequence[LocalCode]) -> list[Moving]:
    """Return what would move now because of these codes, all of one kind."""
    asked = {"kind": codes[0].kind, "fields": fields_of(codes)}
    params = params_of(targets_of(codes, crosswalks.load())) | asked
    return fetch_all(Moving, PLAN, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)


def together(changes: Iterable[Change], *, at: datetime) -> list[Moving]:
    """Return what all of these would move, each kind of code by itself; nothing is changed.

    Raises WrongTarget, audit.ReasonTooShort.
    """
    found: list[Moving] = []
    try:
        with transaction.atomic():
            codes: dict[str, dict[int, LocalCode]] = {}
            for each in changes:
                laid = lay(each.named, each.target, **terms_of(each, None, at))
                if laid is not None and laid.moves:
                    codes.setdefault(laid.code.kind, {})[laid.code.pk] = laid.code
            for same in codes.values():
                found += moving(list(same.values()))
            raise _Undo
    except _Undo:
        return found


def _wordless(change: Change, laid: Laid, moves: Sequence[Moving]) -> int:
    """Count the events that the change is about and that cannot move: at these facilities, on these days."""
    code = laid.code
    if code.kind not in WORDED:
        return 0
    start = datetime.combine(change.since, time(), UTC)
    stop = datetime.combine(change.until, time(), UTC) + timedelta(days=1) if change.until else LAST
    params = {
        "kind": code.kind,
        "facilities": _stood_at(code, laid, moves),
        # As it was said, or as what it meant by then.
        "codes": [*said_as(code), *(meant(each) for each in laid.before)],
        "start": start,
        "stop": stop,
    }
    found = fetch_one(_Counted, WORDLESS, params, timeout_ms=settings.KPI_RECOUNT_TIMEOUT_MS)
    return found.events if found else 0


def _stood_at(code: LocalCode, laid: Laid, moves: Sequence[Moving]) -> list[int]:
    """Return the facilities at which events of a code may stand."""
    if code.kind != FACILITY:
        everywhere = Facility.objects.all()
        found = everywhere if code.authority == ANYWHERE else everywhere.filter(code=code.authority)
        return sorted(found.values_list("pk", flat=True))
    known = {each.facility_id for each in laid.before if each.facility_id is not None}
    known |= set(UnmappedCode.objects.filter(code=code).values_list("facility_id", flat=True))
    known |= set(Facility.objects.filter(code__in=[m.was for m in moves]).values_list("pk", flat=True))
    return sorted(known) or sorted(set(Connector.objects.values_list("facility_id", flat=True)))


def terms_of(change: Change, by: User | None, at: datetime) -> dict[str, Any]:
    """Return the days, owner, reason, person and moment of a change as `mean` takes them."""
    return {
        "since": change.since,
        "until": change.until,
        "owner": change.owner,
        "reason": change.reason,
        "by": by,
        "at": at,
    }


def params_of(targets: Sequence[Place], *, slack: timedelta = timedelta()) -> dict[str, Any]:
    """Return where wordings belong as the parameters of TARGETS; `slack` widens their days."""
    return {
        "wordings": [each.wording_id for each in targets],
        "connectors": [each.connector_id for each in targets],
        "starts": [each.start - slack for each in targets],
        "stops": [each.stop + slack for each in targets],
        "facilities": [each.facility_id for each in targets],
        "departments": [each.department for each in targets],
        "payers": [each.payer for each in targets],
        "codes": [json.dumps(each.codes) for each in targets],
    }
