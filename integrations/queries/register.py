"""What does the register hold, who answers for it, and what is missing?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one

RUNBOOK_DAYS = 365
FINDINGS: Mapping[str, str] = {
    "no_owner": "No owner",
    "owner_left": "Owner's account is switched off",
    "no_backup": "No backup",
    "runbook_missing": "No runbook",
    "runbook_old": f"Runbook not checked for {RUNBOOK_DAYS} days",
    "temporary_passed": "Temporary until a day that has passed",
    "record_conflict": "Two systems of record for the same",
    "seen_after_end": "Has ended, but traffic still names it",
    "not_seen": f"Not seen in traffic for {settings.REGISTER_QUIET_DAYS} days",
}
# An entry of no facility belongs to all of them. What has ended is asked for nothing but to be used no more.
# Traffic names an entry itself, names an interface of the system, or comes from a connector of its name; seen
# at any facility is seen, or one half of a scope would call dead what the other half uses. Nothing can be
# said before we have watched for as long, nor of what began since.
SEEN = """
    WITH named AS (
      SELECT sort, code FROM register_seen WHERE last_at >= %(quiet)s
       UNION
      SELECT sort, c.name FROM connector c, (VALUES ('system'), ('interface')) v(sort)
       WHERE EXISTS (SELECT 1 FROM connector_count k
                      WHERE k.connector_id = c.id AND k.day >= %(quiet)s AND k.kind = 'accepted')
    ), lately AS (
      SELECT sort, code FROM named
       UNION
      SELECT 'system', unnest(ARRAY[i.source, i.target])
        FROM register_interface i JOIN named n ON n.sort = 'interface' AND n.code = i.code
    ), entry AS (
      SELECT 'system' AS sort, code, name, kind, facility_ids, domains, owner, owner_user_id, backup,
             backup_user_id, criticality, '' AS disposition, runbook, runbook_date,
             NULL::date AS temporary_until, primary_for, starts_on, ends_on, '' AS source, '' AS target
        FROM register_system
       UNION ALL
      SELECT 'interface', code, name, kind, facility_ids, domains, owner, owner_user_id, backup,
             backup_user_id, criticality, disposition, runbook, runbook_date,
             temporary_until, '{}', starts_on, ends_on, source, target
        FROM register_interface
    ), seen AS (
      SELECT e.sort, e.code, e.name, e.kind, e.domains, e.criticality, e.disposition, e.source, e.target,
             e.facility_ids, coalesce(nullif(e.owner, ''), u.username, '') AS owner,
             coalesce(e.ends_on < %(today)s, false) AS ended,
             CASE WHEN e.ends_on < %(today)s THEN array_remove(ARRAY[
               CASE WHEN EXISTS (SELECT 1 FROM register_seen n
                                  WHERE n.sort = e.sort AND n.code = e.code
                                    AND n.last_at >= greatest(e.ends_on + 1, %(quiet)s))
                    THEN 'seen_after_end' END
             ]::text[], NULL) ELSE array_remove(ARRAY[
               CASE WHEN e.owner = '' AND e.owner_user_id IS NULL THEN 'no_owner' END,
               CASE WHEN NOT u.is_active THEN 'owner_left' END,
               CASE WHEN e.backup = '' AND e.backup_user_id IS NULL THEN 'no_backup' END,
               CASE WHEN e.runbook = '' THEN 'runbook_missing' END,
               CASE WHEN e.runbook <> '' AND coalesce(e.runbook_date < %(old)s, true) THEN 'runbook_old' END,
               CASE WHEN e.temporary_until < %(today)s THEN 'temporary_passed' END,
               CASE WHEN e.primary_for <> '{}' AND EXISTS (SELECT 1 FROM register_system o
                                  WHERE o.code <> e.code AND o.primary_for && e.primary_for
                                    AND coalesce(o.ends_on >= greatest(%(today)s, e.starts_on), true)
                                    AND coalesce(o.starts_on <= e.ends_on, true)) THEN 'record_conflict' END,
               CASE WHEN (SELECT min(first_at) FROM register_seen) < %(quiet)s
                         AND coalesce(e.starts_on < %(quiet)s, true)
                         AND (e.sort, e.code) NOT IN (SELECT sort, code FROM lately) THEN 'not_seen' END
             ]::text[], NULL) END AS findings
        FROM entry e LEFT JOIN "user" u ON u.id = e.owner_user_id
       WHERE %(everything)s OR e.facility_ids = '{}' OR e.facility_ids && %(facility_ids)s::int[]
    )
"""
COLUMNS = (
    "sort, code, name, kind, domains, criticality, disposition, source, "
    "target, facility_ids, owner, ended, findings"
)
ENTRIES = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen
     WHERE (%(sort)s = '' OR sort = %(sort)s) AND (%(kind)s = '' OR kind = %(kind)s)
       AND (%(domain)s = '' OR %(domain)s = ANY(domains))
       AND (%(facility)s::int IS NULL OR facility_ids = '{{}}' OR %(facility)s = ANY(facility_ids))
       AND (%(owner)s = '' OR owner ILIKE %(owner)s)
       AND (%(criticality)s = '' OR criticality = %(criticality)s)
       AND (%(disposition)s = '' OR disposition = %(disposition)s)
       AND (%(finding)s = '' OR %(finding)s = ANY(findings))
       AND (code, sort) > (%(after_code)s, %(after_sort)s)
     ORDER BY code, sort
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
ENTRY = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen WHERE sort = %(sort)s AND code = %(code)s
"""  # noqa: S608 - our own constants
NEIGHBOURS = f"""
    {SEEN}
    SELECT {COLUMNS} FROM seen
     WHERE sort = 'interface' AND (source = %(code)s OR target = %(code)s)
     ORDER BY code LIMIT %(limit)s
"""  # noqa: S608 - our own constants
COVERAGE = f"""
    {SEEN}
    SELECT count(*) AS entries,
           count(*) FILTER (WHERE NOT findings && '{{no_owner,owner_left}}') AS owned,
           count(*) FILTER (WHERE findings <> '{{}}') AS asking
      FROM seen WHERE NOT ended
"""  # noqa: S608 - our own constants
COUNTS = f"""
    {SEEN}
    SELECT finding, count(*) AS n FROM seen, unnest(findings) AS finding
     GROUP BY finding ORDER BY n DESC, finding LIMIT 20
"""  # noqa: S608 - our own constants
NAMED = """
    SELECT e.sort, e.code
      FROM (SELECT 'system' AS sort, code, facility_ids FROM register_system
             WHERE code = ANY(%(systems)s)
             UNION ALL
            SELECT 'interface', code, facility_ids FROM register_interface
             WHERE code = ANY(%(interfaces)s)) e
     WHERE %(everything)s OR e.facility_ids = '{}' OR e.facility_ids && %(facility_ids)s::int[]
     LIMIT %(limit)s
"""
HISTORY = f"""
    {SEEN}
    SELECT c.at, coalesce(u.username, '') AS who, c.field, c.old, c.new
      FROM register_change c JOIN seen USING (sort, code) LEFT JOIN "user" u ON u.id = c.user_id
     WHERE c.sort = %(sort)s AND c.code = %(code)s AND NOT (c.old = '' AND c.new = '')
     ORDER BY c.at DESC, c.id LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """One entry of the register; `findings` are codes of FINDINGS."""

    sort: str
    code: str
    name: str
    kind: str
    domains: list[str]
    criticality: str
    disposition: str
    source: str
    target: str
    facility_ids: list[int]
    owner: str
    ended: bool
    findings: list[str]


@dataclass(frozen=True, slots=True)
class _Name:
    sort: str
    code: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many entries that have not ended somebody answers for, and how many ask for work."""

    entries: int
    owned: int
    asking: int

    @property
    def percent(self) -> int | None:
        """The share that is owned in whole percent, rounded down; None when nothing is declared."""
        return 100 * self.owned // self.entries if self.entries else None


@dataclass(frozen=True, slots=True)
class FindingCount:
    """How many entries have one finding."""

    finding: str
    n: int


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One field that became something else; `who` is empty where the shell did it."""

    at: datetime
    who: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries; empty is all."""

    sort: str = ""
    kind: str = ""
    domain: str = ""
    facility: int | None = None
    owner: str = ""
    criticality: str = ""
    disposition: str = ""
    finding: str = ""


def entries_in(
    *, scope: Scope, today: date, filters: Filters, after: tuple[str, str] = ("", ""), limit: int = 51
) -> list[EntrySeen]:
    """Return entries by code, those behind `after`."""
    owner = filters.owner.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    params = {
        name: getattr(filters, name)
        for name in ("sort", "kind", "domain", "facility", "criticality", "disposition", "finding")
    }
    params |= {"owner": f"%{owner}%" if owner else "", "after_code": after[0], "after_sort": after[1]}
    return fetch_all(EntrySeen, ENTRIES, {**params, **_bounds(scope, today), "limit": limit})


def entry_coded(*, scope: Scope, today: date, sort: str, code: str) -> EntrySeen | None:
    """Return one entry of the scope."""
    return fetch_one(EntrySeen, ENTRY, {**_bounds(scope, today), "sort": sort, "code": code})


def entries_named(
    *, scope: Scope, entries: list[tuple[str, str]], limit: int = 1_000
) -> set[tuple[str, str]]:
    """Return which of these (sort and code) are declared and may be seen."""
    if not entries:
        return set()
    params = {
        "systems": [code for sort, code in entries if sort == "system"],
        "interfaces": [code for sort, code in entries if sort == "interface"],
        "everything": scope.everything,
        "facility_ids": list(scope.facility_ids),
        "limit": limit,
    }
    return {(each.sort, each.code) for each in fetch_all(_Name, NAMED, params)}


def interfaces_of(*, scope: Scope, today: date, code: str, limit: int = 200) -> list[EntrySeen]:
    """Return the interfaces from and to a system."""
    return fetch_all(EntrySeen, NEIGHBOURS, {**_bounds(scope, today), "code": code, "limit": limit})


def coverage_of(*, scope: Scope, today: date) -> Coverage:
    """Return how much of the register somebody answers for."""
    found = fetch_one(Coverage, COVERAGE, _bounds(scope, today))
    return found or Coverage(0, 0, 0)


def findings_in(*, scope: Scope, today: date) -> list[FindingCount]:
    """Return what is missing, the most frequent first."""
    return fetch_all(FindingCount, COUNTS, _bounds(scope, today))


def history_of(*, scope: Scope, today: date, sort: str, code: str, limit: int = 100) -> list[ChangeSeen]:
    """Return how an entry came to say what it says, the newest first."""
    params = {**_bounds(scope, today), "sort": sort, "code": code, "limit": limit}
    return fetch_all(ChangeSeen, HISTORY, params)


def _bounds(scope: Scope, today: date) -> dict[str, object]:
    return {
        "everything": scope.everything,
        "facility_ids": list(scope.facility_ids),
        "today": today,
        "old": date.fromordinal(today.toordinal() - RUNBOOK_DAYS),
        "quiet": date.fromordinal(today.toordinal() - settings.REGISTER_QUIET_DAYS),
    }
