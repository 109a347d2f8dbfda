"""Who holds what, since when, by whom, last used, and what asks for a look?"""

from dataclasses import dataclass
from datetime import date, datetime

from observability.accounts.queries.reach import GIVES
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

_MINE = "(%(everything)s OR f.id = ANY(%(facility_ids)s))"
_HERE = f"EXISTS (SELECT 1 FROM facility f WHERE {_MINE} AND {GIVES})"  # noqa: S608 - our own constants
# Whoever sees access everywhere also sees grants that give nothing today: of a region that ended, say.
_SEEN = f"(%(everywhere)s OR g.facility_id IS NULL OR g.facility_id = ANY(%(facility_ids)s) OR {_HERE})"
PEOPLE = f"""
    SELECT u.id, u.username, concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')) AS name,
           u.is_active AS active, u.last_login,
           (SELECT count(*)::int FROM "grant" g
             WHERE g.user_id = u.id AND g.ended_at IS NULL AND {_SEEN}) AS grants
      FROM "user" u
     WHERE %(username)s::text IS NULL OR u.username = %(username)s
     ORDER BY u.username
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
GRANTS = f"""
    SELECT g.id, u.id AS user_id, u.username, u.is_active AS active, u.last_login, g.role, n.name AS facility,
           g.facility_id, g.place_id, l.kind AS place_kind, l.name AS place,
           CASE WHEN g.place_id IS NULL THEN '{{}}' ELSE ARRAY(
               SELECT f.name FROM facility f WHERE {_MINE} AND {GIVES} ORDER BY f.name
           ) END AS gives,
           CASE WHEN g.place_id IS NULL THEN 0 ELSE (
               SELECT count(*)::int FROM facility f WHERE NOT {_MINE} AND {GIVES}
           ) END AS beyond,
           g.domain, g.classes, g.valid_from, g.valid_to, g.granted_at,
           b.username AS granted_by, g.reason, g.last_used_on, g.ended_at, g.reviewed_at,
           r.username AS reviewed_by
      FROM "grant" g
      JOIN "user" u ON u.id = g.user_id
      LEFT JOIN facility n ON n.id = g.facility_id
      LEFT JOIN place l ON l.id = g.place_id
      LEFT JOIN "user" b ON b.id = g.granted_by_id
      LEFT JOIN "user" r ON r.id = g.reviewed_by_id
     WHERE {_SEEN}
       AND (%(username)s::text IS NULL OR u.username = %(username)s)
       AND (%(id)s::bigint IS NULL OR g.id = %(id)s)
       AND (%(ended)s OR g.ended_at IS NULL)
     ORDER BY u.username, g.ended_at IS NOT NULL, g.role, n.name, l.name, g.id
     LIMIT %(limit)s
"""  # noqa: S608 - our own constants
FACILITIES = """
    SELECT id, code, name FROM facility WHERE id = ANY(%(facility_ids)s) ORDER BY name, id LIMIT %(limit)s
"""
ALARMS = """
    SELECT o.id, u.username, f.name AS facility, f.zone, o.sensitive, o.reason, o.opened_at, o.expires_at,
           o.ended_at, o.acknowledged_at, a.username AS acknowledged_by
      FROM opened_glass o
      JOIN "user" u ON u.id = o.user_id
      JOIN facility f ON f.id = o.facility_id
      LEFT JOIN "user" a ON a.id = o.acknowledged_by_id
     WHERE o.facility_id = ANY(%(facility_ids)s) AND (%(id)s::bigint IS NULL OR o.id = %(id)s)
     ORDER BY o.acknowledged_at IS NOT NULL, o.opened_at DESC
     LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in."""

    id: int
    username: str
    name: str
    active: bool
    last_login: datetime | None
    grants: int


@dataclass(frozen=True, slots=True)
class GrantSeen:
    """One grant; at a facility, in a place of the hierarchy, or, where both are None, everywhere.

    Of a place: `gives` are the facilities of the scope that it gives today, `beyond` counts the others.
    """

    id: int
    user_id: int
    username: str
    active: bool
    last_login: datetime | None
    role: str
    facility: str | None
    facility_id: int | None
    place_id: int | None
    place_kind: str | None
    place: str | None
    gives: list[str]
    beyond: int
    domain: str | None
    classes: list[str]
    valid_from: date | None
    valid_to: date | None
    granted_at: datetime | None
    granted_by: str | None
    reason: str
    last_used_on: date | None
    ended_at: datetime | None
    reviewed_at: datetime | None
    reviewed_by: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A glass that was opened, and whether somebody answerable has seen it."""

    id: int
    username: str
    facility: str
    zone: str
    sensitive: bool
    reason: str
    opened_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None


@dataclass(frozen=True, slots=True)
class FacilityHere:
    """A facility that a grant may be given for."""

    id: int
    code: str
    name: str


def facilities_here(*, scope: Scope, limit: int = 1_000) -> list[FacilityHere]:
    """Return the facilities of the scope by name."""
    return fetch_all(FacilityHere, FACILITIES, _params(scope, limit))


def people(*, scope: Scope, today: date, username: str | None = None, limit: int = 1_000) -> list[Person]:
    """Return the people of the installation, with how many standing grants of the scope each holds."""
    return fetch_all(Person, PEOPLE, _params(scope, limit) | {"username": username, "today": today})


def grants(
    *,
    scope: Scope,
    today: date,
    username: str | None = None,
    id: int | None = None,
    ended: bool = False,
    limit: int = 5_000,
) -> list[GrantSeen]:
    """Return the grants that reach into the scope today, by person; ended ones only where asked."""
    asked = {"username": username, "id": id, "ended": ended, "today": today}
    return fetch_all(GrantSeen, GRANTS, _params(scope, limit) | asked)


def alarms(*, scope: Scope, id: int | None = None, limit: int = 50) -> list[Alarm]:
    """Return the glasses opened in the scope: those that nobody has acknowledged first."""
    return fetch_all(Alarm, ALARMS, _params(scope, limit) | {"id": id})


def _params(scope: Scope, limit: int) -> dict[str, object]:
    everywhere = scope.everything or Permission.SEE_ACCESS in scope.everywhere
    return {
        "facility_ids": list(scope.facility_ids),
        "everything": scope.everything,
        "everywhere": everywhere,
        "limit": limit,
    }
