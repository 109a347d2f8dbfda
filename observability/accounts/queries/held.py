"""Which permission does somebody hold, at which facilities, in which domains, for which classes?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from observability.accounts.queries.reach import GIVES, STANDS
from observability.accounts.roles import (
    OPENED,
    PERMISSIONS,
    USUAL_CLASSES,
    Domain,
    Permission,
    PrivacyClass,
    Role,
)
from observability.core.sql import fetch_all

# One statement, with the facilities and the hierarchy of now: a facility that left a region is out of its
# grants with the next request. An opened glass adds a facility without a role.
GRANTS = f"""
    SELECT g.id, g.role, f.id AS facility_id, g.facility_id IS NULL AS everywhere, g.place_id, g.domain,
           g.classes, g.last_used_on,
           ARRAY(SELECT d.code FROM sensitive_department d WHERE d.facility_id = f.id) AS protected,
           NULL::timestamptz AS open_until
      FROM "grant" g
      JOIN facility f ON {GIVES}
     WHERE g.user_id = %(user_id)s AND {STANDS}
     UNION ALL
    SELECT o.id, NULL, f.id, false, NULL, NULL,
           CASE WHEN o.sensitive THEN '{{business,identifier,sensitive}}'::varchar[]
                ELSE '{{business,identifier}}'::varchar[] END,
           NULL::date,
           ARRAY(SELECT d.code FROM sensitive_department d WHERE d.facility_id = f.id),
           o.expires_at
      FROM opened_glass o
      JOIN facility f ON f.id = o.facility_id
     WHERE o.user_id = %(user_id)s AND o.ended_at IS NULL AND o.expires_at > %(at)s
"""  # noqa: S608 - our own constants
# At most once a day for a grant: moving it with every request would make every read a write.
USED = """
    UPDATE "grant" SET last_used_on = %(today)s
     WHERE id = ANY(%(ids)s) AND last_used_on IS DISTINCT FROM %(today)s
"""

# The same for a grant that nobody holds.
WOULD = f"""
    SELECT 0::bigint AS id, g.role, f.id AS facility_id, g.facility_id IS NULL AS everywhere, g.place_id,
           g.domain, g.classes, NULL::date AS last_used_on,
           ARRAY(SELECT d.code FROM sensitive_department d WHERE d.facility_id = f.id) AS protected,
           NULL::timestamptz AS open_until
      FROM (SELECT %(role)s::text AS role, %(facility_id)s::int AS facility_id,
                   %(place_id)s::bigint AS place_id, %(domain)s::text AS domain,
                   %(classes)s::text[] AS classes) g
      JOIN facility f ON {GIVES}
"""  # noqa: S608 - our own constants

Cells = Mapping[int, Mapping[Domain, frozenset[PrivacyClass]]]  # by facility


@dataclass(frozen=True, slots=True)
class GrantedRole:
    """One role at one facility, or an opened glass (without a role)."""

    id: int
    role: str | None
    facility_id: int
    everywhere: bool
    place_id: int | None
    domain: str | None
    classes: list[str]
    last_used_on: date | None
    protected: list[str]
    open_until: datetime | None


@dataclass(frozen=True, slots=True)
class Holding:
    """All that somebody holds at a moment.

    `everywhere`: held at every facility, also later ones, in every domain. `places`: held in these places of
    the hierarchy, whatever comes to lie under them, in every domain. `unused`: the grants that give a
    permission and were not used today. `opened`: glasses that are open, by id, with their end.
    """

    cells: Mapping[Permission, Cells]
    protected: Mapping[int, frozenset[str]]
    everywhere: frozenset[Permission]
    places: Mapping[Permission, frozenset[int]]
    unused: Mapping[Permission, frozenset[int]]
    opened: Mapping[int, datetime]


def held_by(*, user_id: int, at: datetime) -> Holding:
    """Return what somebody holds; a permission held nowhere is absent."""
    rows = fetch_all(GrantedRole, GRANTS, {"user_id": user_id, "at": at, "today": at.date()})
    return _holding(rows, at)


def would_hold(
    *,
    role: Role,
    facility_id: int | None,
    place_id: int | None,
    domain: Domain | None,
    classes: Iterable[PrivacyClass],
    at: datetime,
) -> Holding:
    """Return what somebody would hold by one grant alone, as `models.Grant` keeps it."""
    grant = {"role": role, "facility_id": facility_id, "place_id": place_id, "domain": domain}
    params = {**grant, "classes": sorted(classes), "today": at.date()}
    return _holding(fetch_all(GrantedRole, WOULD, params), at)


def _holding(rows: Sequence[GrantedRole], at: datetime) -> Holding:
    own = [row for row in rows if row.role is not None]
    may = {permission for row in own for permission in PERMISSIONS[Role(row.role or "")]}
    cells: dict[Permission, dict[int, dict[Domain, frozenset[PrivacyClass]]]] = {}
    unused: dict[Permission, set[int]] = {}
    places: dict[Permission, set[int]] = {}
    for row in rows:
        for permission in PERMISSIONS[Role(row.role)] if row.role else OPENED & may:
            _add(cells.setdefault(permission, {}), row)
            if row.role and row.last_used_on != at.date():
                unused.setdefault(permission, set()).add(row.id)
            if row.place_id is not None and row.domain is None:
                places.setdefault(permission, set()).add(row.place_id)
    return Holding(
        cells=cells,
        protected={row.facility_id: frozenset(row.protected) for row in rows if row.protected},
        everywhere=frozenset(
            permission
            for row in own
            if row.everywhere and row.domain is None
            for permission in PERMISSIONS[Role(row.role or "")]
        ),
        places={permission: frozenset(ids) for permission, ids in places.items()},
        unused={permission: frozenset(ids) for permission, ids in unused.items()},
        opened={row.id: row.open_until for row in rows if row.open_until},
    )


def _add(cells: dict[int, dict[Domain, frozenset[PrivacyClass]]], row: GrantedRole) -> None:
    there = cells.setdefault(row.facility_id, {})
    for domain in [Domain(row.domain)] if row.domain else list(Domain):
        classes = frozenset(map(PrivacyClass, row.classes)) | {PrivacyClass.BUSINESS}
        there[domain] = there.get(domain, frozenset()) | classes


def everything_at(facility_ids: Iterable[int]) -> Cells:
    """Return the cells of whoever holds every domain and the usual classes at these facilities."""
    return {id: dict.fromkeys(Domain, USUAL_CLASSES) for id in facility_ids}
