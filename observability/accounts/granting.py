"""Give and end grants, and mark them as reviewed: by somebody else, with a reason, on record."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import Grant, User
from observability.accounts.models.grant import BY_PLACE
from observability.accounts.places import places_here
from observability.accounts.roles import USUAL_CLASSES, Domain, Permission, PrivacyClass, Role
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

ADMINISTRATORS = "grants:administrators"  # the lock of whoever takes somebody's administration away
FACILITY = "SELECT id AS facility_id FROM facility WHERE id = %(id)s"
WITHIN = "SELECT DISTINCT facility_id FROM place_reach WHERE place_id = %(place)s ORDER BY facility_id"


class OwnGrant(Exception):
    """Nobody gives a grant to themselves."""


class LastAdministrator(Exception):
    """Nobody would be left who decides on access there."""


class AlreadyHeld(Exception):
    """The person holds just this."""


class NoSuchPlace(Exception):
    """There is no facility of this id, or no network or region of it today; or it is not theirs to give."""


@dataclass(frozen=True, slots=True)
class Within:
    """A facility, as it is found by its id, or by a place within which it lies on some day."""

    facility_id: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a grant gives: None is every facility, every domain, from now, until it is ended.

    With a place (a network or region) it gives the facilities under it, day by day, and names no facility.
    """

    role: Role
    facility_id: int | None = None
    place_id: int | None = None
    domain: Domain | None = None
    classes: Collection[PrivacyClass] = USUAL_CLASSES
    valid_from: date | None = None
    valid_to: date | None = None


def give(
    *,
    scope: Scope,
    to: User,
    terms: Terms,
    by: User | None,
    reason: str,
    at: datetime,
    source: str = "",
) -> Grant:
    """Give a grant. `by` is None where the installation itself does it; `source` says what it comes from.

    Raises PermissionDenied outside of where `by` decides, NoSuchPlace, OwnGrant, audit.ReasonTooShort and
    AlreadyHeld.
    """
    why = audit.reason_of(reason)
    if by is not None and by.pk == to.pk:
        raise OwnGrant
    today = at.date()
    place_id, facility_id = terms.place_id, terms.facility_id if terms.place_id is None else BY_PLACE
    if place_id is not None and not _gives_place(scope, place_id, today):
        raise NoSuchPlace
    _decides(scope, facility_id=facility_id, place_id=place_id, domain=terms.domain, today=today)
    if place_id is None and facility_id is not None and not fetch_all(Within, FACILITY, {"id": facility_id}):
        raise NoSuchPlace
    with transaction.atomic():
        one_at_a_time(f"grants:{to.pk}")
        same = {
            "facility_id": facility_id,
            "place_id": place_id,
            "domain": terms.domain,
            "classes": sorted(terms.classes),
        }
        if Grant.objects.filter(_standing(today), user=to, role=terms.role, **same).exists():
            raise AlreadyHeld
        made = Grant.objects.create(
            user=to,
            role=terms.role,
            valid_from=terms.valid_from,
            valid_to=terms.valid_to,
            granted_at=at,
            granted_by=by,
            reason=why,
            source=source,
            **same,
        )
        _record(audit.Act.GRANTED, made, by, why, at)
        return made


def end(*, scope: Scope, grant: Grant, by: User | None, reason: str, at: datetime) -> None:
    """End a grant; the row stays. Raises PermissionDenied, audit.ReasonTooShort and LastAdministrator."""
    why = audit.reason_of(reason)
    decides_on(scope, grant, at)
    with transaction.atomic():
        one_at_a_time(ADMINISTRATORS)
        if grant.role == Role.ADMINISTRATOR and not _another(grant, at.date()):
            raise LastAdministrator
        if Grant.objects.filter(pk=grant.pk, ended_at=None).update(ended_at=at):
            _record(audit.Act.GRANT_ENDED, grant, by, why, at)


def mark_reviewed(*, scope: Scope, grant: Grant, by: User, at: datetime) -> None:
    """Note that somebody looked at a grant and let it stand. Raises PermissionDenied and OwnGrant."""
    if by.pk == grant.user_id:
        raise OwnGrant
    decides_on(scope, grant, at)
    with transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(reviewed_at=at, reviewed_by=by)
        _record(audit.Act.GRANT_REVIEWED, grant, by, "", at)


def decides_everywhere(scope: Scope) -> bool:
    """Say whether a scope may decide on grants that reach every facility."""
    return scope.everything or Permission.MANAGE_ACCESS in scope.everywhere


def decides_on(scope: Scope, grant: Grant, at: datetime) -> None:
    """Raise PermissionDenied where a scope does not decide on all that a grant reaches."""
    domain = Domain(grant.domain) if grant.domain else None
    _decides(scope, facility_id=grant.facility_id, place_id=grant.place_id, domain=domain, today=at.date())


def decides_on_all(scope: Scope, of: User, at: datetime) -> None:
    """Raise PermissionDenied where a scope does not decide on all that somebody holds, now or later."""
    for grant in Grant.objects.filter(Q(valid_to=None) | Q(valid_to__gte=at.date()), user=of, ended_at=None):
        decides_on(scope, grant, at)


def leaves_an_administrator(of: User, at: datetime) -> None:
    """Raise LastAdministrator where nobody but this person decides on access to some place today.

    The caller holds the lock ADMINISTRATORS until its own act is done.
    """
    today = at.date()
    theirs = Grant.objects.filter(_standing(today), user=of, role=Role.ADMINISTRATOR)
    if not all(_another(grant, today) for grant in theirs):
        raise LastAdministrator


def _decides(
    scope: Scope, *, facility_id: int | None, place_id: int | None, domain: Domain | None, today: date
) -> None:
    """Raise PermissionDenied where a scope does not decide on all that a grant reaches, now and later."""
    if decides_everywhere(scope):
        return
    if place_id is not None:
        decides = _gives_place(scope, place_id, today)
    else:
        decides = facility_id is not None and all(
            scope.allows_at(Permission.MANAGE_ACCESS, facility_id, each)
            for each in ([domain] if domain else Domain)
        )
    if not decides:
        raise PermissionDenied


def _gives_place(scope: Scope, place_id: int, today: date) -> bool:
    return bool(places_here(scope=scope, permission=Permission.MANAGE_ACCESS, today=today, id=place_id))


def _standing(today: date) -> Q:
    begun = Q(valid_from=None) | Q(valid_from__lte=today)
    return Q(ended_at=None) & begun & (Q(valid_to=None) | Q(valid_to__gte=today))


def _another(grant: Grant, today: date) -> bool:
    """Say whether another active person administers all that this grant does, and does so for good."""
    reach = Q(facility_id=None)
    if grant.facility_id is not None:
        reach |= Q(facility_id=grant.facility_id, place_id=grant.place_id)
    others = Grant.objects.filter(
        _standing(today), reach, role=Role.ADMINISTRATOR, valid_to=None, domain=None
    )
    return others.filter(user__is_active=True).exclude(user_id=grant.user_id).exists()


def _record(act: audit.Act, grant: Grant, by: User | None, reason: str, at: datetime) -> None:
    audit.record(
        act,
        user=by,
        object_type="grant",
        object_id=grant.pk,
        at=at,
        reason=reason,
        facility_ids=_concerned(grant),
    )


def _concerned(grant: Grant) -> list[int]:
    """Return the facilities that a grant is about, on whatever day; none where it is every one."""
    if grant.place_id is not None:
        return [row.facility_id for row in fetch_all(Within, WITHIN, {"place": grant.place_id})]
    return [] if grant.facility_id is None else [grant.facility_id]
