"""Which codes of others are known, what do they mean on a day, and what was believed of one before?"""

from dataclasses import dataclass
from datetime import date, datetime

from integrations.catalogue.contracts import registers
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all, fetch_one
from tracing.queries.unmapped import HERE
from tracing.queries.within import bounds

# A code of a facility's is seen with its facility; that of a register or of everybody with any.
SEES = f"""
(%(everything)s OR CASE
   WHEN c.kind = 'facility' THEN
        EXISTS (SELECT 1 FROM code_meaning o
                 WHERE o.code_id = c.id AND o.facility_id = ANY(%(facility_ids)s))
        OR EXISTS (SELECT 1 FROM unmapped_code t WHERE t.code_id = c.id AND {HERE})
   WHEN c.authority IN (SELECT code FROM facility) THEN
        c.authority IN (SELECT code FROM facility WHERE id = ANY(%(facility_ids)s))
   ELSE cardinality(%(facility_ids)s::int[]) > 0 END)
"""  # noqa: S608 - our own constants
# `hides`: the facility that it means may not be seen.
MEANS = """
           m.id IS NOT NULL AS means,
           m.facility_id IS NOT NULL
             AND NOT (%(everything)s OR m.facility_id = ANY(%(facility_ids)s)) AS hides,
           coalesce(f.code, p.code, e.code, '') AS target,
           coalesce(f.name, p.name, (SELECT v.name FROM reference_version v
                                      WHERE v.entity_id = e.id AND v.valid_from <= %(day)s
                                      ORDER BY v.valid_from DESC LIMIT 1), '') AS name,
           m.valid_from, m.valid_to
"""
# By whose number of a register a code is known, where the crosswalk itself says nothing of the day.
NUMBERS = """
        SELECT e.kind, k.authority, v.values->>k.authority AS code, e.code AS target, v.name,
               v.valid_from, v.valid_to
          FROM unnest(%(kinds)s::text[], %(registers)s::text[]) AS k(kind, authority)
          JOIN reference_entity e ON e.kind = k.kind
          JOIN reference_version v ON v.entity_id = e.id
                                  AND daterange(v.valid_from, v.valid_to, '[]') @> %(day)s::date
"""
JOINED = """
      LEFT JOIN facility f ON f.id = m.facility_id
      LEFT JOIN place p ON p.id = m.department_id
      LEFT JOIN reference_entity e ON e.id = m.payer_id
"""
LISTED = f"""
    SELECT s.id, s.kind, s.authority, s.code, s.owner, s.events, s.means OR i.code IS NOT NULL AS means,
           s.hides, coalesce(i.target, s.target) AS target, coalesce(i.name, s.name) AS name,
           coalesce(i.valid_from, s.valid_from) AS valid_from, coalesce(i.valid_to, s.valid_to) AS valid_to
      FROM (
    SELECT c.id, c.kind, c.authority, c.code, c.owner, u.events, {MEANS}
      FROM local_code c
      LEFT JOIN code_meaning m ON m.code_id = c.id AND m.superseded_at IS NULL
                              AND daterange(m.valid_from, m.valid_to, '[]') @> %(day)s::date
      {JOINED}
      LEFT JOIN LATERAL (SELECT sum(t.events)::int AS events FROM unmapped_code t
                          WHERE t.code_id = c.id AND {HERE}) u ON true
     WHERE {SEES}
       AND (%(kind)s = '' OR c.kind = %(kind)s)
       AND (%(authority)s = '' OR lower(c.authority) = lower(%(authority)s))
       AND (%(owner)s = '' OR c.owner ILIKE %(owner)s)
       AND (%(text)s = '' OR c.code ILIKE %(text)s)
       AND (c.kind, c.authority, c.code) > (%(kind_after)s, %(authority_after)s, %(code_after)s)
           ) s
      LEFT JOIN ({NUMBERS}) i ON NOT s.means AND (i.kind, i.authority, i.code) = (s.kind, s.authority, s.code)
     WHERE %(state)s = '' OR (%(state)s = 'mapped') = (s.means OR i.code IS NOT NULL)
     ORDER BY s.kind, s.authority, s.code LIMIT %(limit)s
"""  # noqa: S608 - our own constants
NUMBERED = f"""
    SELECT target, name FROM ({NUMBERS}) i
     WHERE (i.kind, i.authority, i.code) = (%(kind)s, %(authority)s, %(code)s)
"""  # noqa: S608 - our own constants
ONE = f"""
    SELECT c.id, c.kind, c.authority, c.code, c.owner
      FROM local_code c WHERE c.id = %(id)s AND {SEES}
"""  # noqa: S608 - our own constants
HISTORY = f"""
    SELECT {MEANS}, m.reason, m.made_at, coalesce(b.username, '') AS made_by, m.superseded_at,
           coalesce(s.username, '') AS superseded_by
      FROM code_meaning m
      JOIN local_code c ON c.id = m.code_id
      {JOINED}
      LEFT JOIN "user" b ON b.id = m.made_by_id
      LEFT JOIN "user" s ON s.id = m.superseded_by_id
     WHERE c.id = %(id)s AND {SEES}
     ORDER BY m.superseded_at DESC NULLS FIRST, m.valid_from DESC, m.id DESC LIMIT %(limit)s
"""  # noqa: S608 - our own constants

# A meaning whose facility may not be seen would come back as "not ours".
BELIEVED = f"""
    SELECT c.kind, c.authority, c.code, c.owner, coalesce(f.code, p.code, e.code, '') AS target, m.valid_from,
           m.valid_to, m.reason
      FROM code_meaning m
      JOIN local_code c ON c.id = m.code_id
      {JOINED}
     WHERE m.superseded_at IS NULL AND {SEES}
       AND (%(everything)s OR m.facility_id IS NULL OR m.facility_id = ANY(%(facility_ids)s))
     ORDER BY c.kind, c.authority, c.code, m.valid_from LIMIT %(limit)s
"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which codes; empty is all. `text` is a part of the code, `owner` of the owner's name."""

    kind: str = ""
    authority: str = ""
    owner: str = ""
    text: str = ""
    state: str = ""  # mapped, unmapped


@dataclass(frozen=True, slots=True)
class CodeListed:
    """One code and what it means on the day asked for; `events`: of it unmapped, where it is counted."""

    id: int
    kind: str
    authority: str
    code: str
    owner: str
    events: int | None
    means: bool
    hides: bool
    target: str
    name: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class CodeKnown:
    """One code."""

    id: int
    kind: str
    authority: str
    code: str
    owner: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """Our code and name of who has a number of a register."""

    target: str
    name: str


@dataclass(frozen=True, slots=True)
class MeaningSeen:
    """What a code means or meant: from when to when, since when that is believed, until when it was."""

    means: bool
    hides: bool
    target: str
    name: str
    valid_from: date
    valid_to: date | None
    reason: str
    made_at: datetime
    made_by: str
    superseded_at: datetime | None
    superseded_by: str


@dataclass(frozen=True, slots=True)
class Believed:
    """What one code means on some days."""

    kind: str
    authority: str
    code: str
    owner: str
    target: str
    valid_from: date
    valid_to: date | None
    reason: str


def codes_on(
    *, scope: Scope, day: date, wanted: Wanted, after: tuple[str, str, str] = ("", "", ""), limit: int = 51
) -> list[CodeListed]:
    """Return codes of the scope in order of kind, authority and code, those behind `after`."""
    params = {
        "day": day,
        "kind": wanted.kind,
        "authority": wanted.authority,
        "owner": _part(wanted.owner),
        "text": _part(wanted.text),
        "state": wanted.state,
        "kind_after": after[0],
        "authority_after": after[1],
        "code_after": after[2],
        "limit": limit,
    }
    return fetch_all(CodeListed, LISTED, params | _registers() | bounds(scope))


def code_known(*, scope: Scope, id: int) -> CodeKnown | None:
    """Return one code of the scope."""
    found = fetch_all(CodeKnown, ONE, {"id": id, **bounds(scope)})
    return found[0] if found else None


def numbered(*, scope: Scope, of: CodeKnown, day: date) -> Numbered | None:
    """Return who has a code as a number of a register on a day, by reference data, which everybody reads."""
    asked = {"kind": of.kind, "authority": of.authority, "code": of.code, "day": day}
    return fetch_one(Numbered, NUMBERED, asked | _registers() | bounds(scope))


def meanings_of(*, scope: Scope, id: int, day: date, limit: int = 200) -> list[MeaningSeen]:
    """Return all that was ever said of a code, what is believed now first, under the names of a day."""
    return fetch_all(MeaningSeen, HISTORY, {"id": id, "day": day, "limit": limit, **bounds(scope)})


def believed_meanings(*, scope: Scope, limit: int) -> list[Believed]:
    """Return every meaning that is believed now of the codes of a scope."""
    return fetch_all(Believed, BELIEVED, {"limit": limit, **bounds(scope)})


def _registers() -> dict[str, list[str]]:
    return {
        "kinds": [kind for kind, _ in registers()],
        "registers": [register for _, register in registers()],
    }


def _part(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if text else ""
