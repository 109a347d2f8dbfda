"""The facilities and what other authorities' codes mean, read once a period per process."""

import threading
import time
from collections.abc import Set
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings

from integrations.catalogue.code_kinds import DEPARTMENT, FACILITY, code_kinds
from integrations.catalogue.contracts import registers
from integrations.ingest.departments import veiled
from integrations.ingest.local_codes import pseudonym_of, reads_as_code
from integrations.ingest.origins import spoken
from integrations.ingest.places import ANYWHERE, Crosswalk, Meaning, Place, day_number
from observability.core.keyring import veil_key
from observability.core.sql import fetch_all

FACILITIES = "SELECT id, code, zone FROM facility ORDER BY id"
# A release before the dated crosswalk may still write undated codes: they hold where nothing else is said.
MEANINGS = """
SELECT c.kind, c.authority, c.code, m.facility_id, coalesce(p.code, e.code) AS target,
       m.valid_from, m.valid_to
  FROM local_code c
  LEFT JOIN code_meaning m ON m.code_id = c.id AND m.superseded_at IS NULL
  LEFT JOIN place p ON p.id = m.department_id
  LEFT JOIN reference_entity e ON e.id = m.payer_id
UNION ALL
SELECT NULL, authority, code, facility_id, NULL, '1900-01-01', NULL FROM facility_alias
"""
# Who has a number of a register in the reference data is known by it.
NUMBERED = """
SELECT e.kind, k.authority, v.values->>k.authority AS code, NULL::int AS facility_id, e.code AS target,
       v.valid_from, v.valid_to
  FROM unnest(%(kinds)s::text[], %(authorities)s::text[]) AS k(kind, authority)
  JOIN reference_entity e ON e.kind = k.kind
  JOIN reference_version v ON v.entity_id = e.id
 WHERE v.values ? k.authority
"""
DEPARTMENTS = "SELECT DISTINCT code FROM place WHERE kind = 'department'"


@dataclass(frozen=True, slots=True)
class _Department:
    code: str


@dataclass(frozen=True, slots=True)
class _Facility:
    id: int
    code: str
    zone: str


@dataclass(frozen=True, slots=True)
class _Meaning:
    kind: str | None  # None: an undated code
    authority: str
    code: str
    facility_id: int | None
    target: str | None
    valid_from: date | None  # None: nothing holds now
    valid_to: date | None


_lock = threading.Lock()
_read_at = float("-inf")
_crosswalk = Crosswalk()


def current(granted: Set[int]) -> Crosswalk:
    """Return the crosswalk, at most settings.INGEST_CROSSWALK_CACHE_SECONDS old.

    It is read anew where it lacks a facility that is granted: what is said of one made this moment would
    be refused for good.
    """
    global _read_at, _crosswalk
    with _lock:
        at = time.monotonic()
        old = at - _read_at >= settings.INGEST_CROSSWALK_CACHE_SECONDS
        if old or not granted <= _crosswalk.by_id.keys():
            _crosswalk = load()
            _read_at = at
        return _crosswalk


def forget() -> None:
    """Read anew at the next use."""
    global _read_at
    with _lock:
        _read_at = float("-inf")


def load() -> Crosswalk:
    """Return the crosswalk as it stands in the database now."""
    places = [Place(row.id, row.code, ZoneInfo(row.zone)) for row in fetch_all(_Facility, FACILITIES, {})]
    by_id = {place.id: place for place in places}
    meanings: dict[tuple[str, str, str], list[Meaning]] = {}
    for row in sorted(fetch_all(_Meaning, MEANINGS, {}), key=lambda row: row.kind is None):
        kind = row.kind or FACILITY
        name = spoken(row.authority, row.code, veil_key()) if kind == FACILITY else (row.authority, row.code)
        if row.kind is None and (kind, *name) in meanings:
            continue
        said = meanings.setdefault((kind, *name), [])
        # A facility that was made between the two reads is known at the next.
        if row.valid_from is not None and (row.facility_id is None or row.facility_id in by_id):
            last = None if row.valid_to is None else day_number(row.valid_to)
            said.append(Meaning(day_number(row.valid_from), last, row.facility_id, row.target))
    for row in _numbered():
        # Behind what the crosswalk says: that comes first on the days of which it speaks.
        said = meanings.setdefault((row.kind or "", row.authority, row.code), [])
        last = None if row.valid_to is None else day_number(row.valid_to)
        said.append(Meaning(day_number(row.valid_from or date.min), last, target=row.target))
    departments = frozenset(row.code for row in fetch_all(_Department, DEPARTMENTS, {}))
    _hear_veiled(meanings, departments)
    return Crosswalk(
        by_id=by_id,
        by_code={place.code: place for place in places},
        meanings=meanings,
        departments=departments,
    )


def _numbered() -> list[_Meaning]:
    pairs = registers()
    asked = {"kinds": [kind for kind, _ in pairs], "authorities": [name for _, name in pairs]}
    return fetch_all(_Meaning, NUMBERED, asked) if pairs else []


def _hear_veiled(meanings: dict[tuple[str, str, str], list[Meaning]], departments: frozenset[str]) -> None:
    """Let what is said of a name hold for its pseudonym: so it was kept until it was said."""
    for (kind, authority, code), said in list(meanings.items()):
        known = code_kinds()[kind]
        if kind == DEPARTMENT or (known.is_entity and not reads_as_code(known, code)):
            meanings.setdefault((kind, authority, pseudonym_of(kind, code, veil_key())), said)
    for code in departments:
        always = Meaning(day_number(date.min), None, target=code)
        meanings.setdefault((DEPARTMENT, ANYWHERE, veiled(code, veil_key())), [always])
