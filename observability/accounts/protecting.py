"""Which departments disclose by their name, so that their rows are there only for who holds the class?"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import SensitiveDepartment, User
from observability.accounts.roles import Domain, Permission, PrivacyClass
from observability.accounts.scopes import Scope
from observability.core.sql import fetch_all

MOST_LETTERS = 80
PROTECTED = """
    SELECT d.id, d.code, d.facility_id, f.name AS facility
      FROM sensitive_department d JOIN facility f ON f.id = d.facility_id
     WHERE f.id = ANY(%(facility_ids)s)
     ORDER BY f.name, d.code LIMIT %(limit)s
"""


class AlreadyProtected(Exception):
    """It is one of the sensitive departments of this facility."""


class NoCode(Exception):
    """No department was named, or by more letters than MOST_LETTERS: cut, it would protect nothing."""


class OwnGain(Exception):
    """Whoever takes a protection away would see rows that they do not see now."""


@dataclass(frozen=True, slots=True)
class Protected:
    """One sensitive department of a facility, by its code as transactions carry it."""

    id: int
    code: str
    facility_id: int
    facility: str


def protected_here(*, scope: Scope, limit: int = 500) -> list[Protected]:
    """Return the sensitive departments of the facilities of the scope, by facility and code."""
    return fetch_all(Protected, PROTECTED, {"facility_ids": list(scope.facility_ids), "limit": limit})


def protect(*, scope: Scope, facility_id: int, code: str, by: User, reason: str, at: datetime) -> None:
    """Have the rows of a department be there only for who holds the class sensitive, from now on.

    Raises PermissionDenied, NoCode, audit.ReasonTooShort and AlreadyProtected.
    """
    _decides(scope, facility_id)
    code, why = code.strip(), audit.reason_of(reason)
    if not 0 < len(code) <= MOST_LETTERS:
        raise NoCode
    with transaction.atomic():
        one_at_a_time("sensitive departments")
        if SensitiveDepartment.objects.filter(facility_id=facility_id, code=code).exists():
            raise AlreadyProtected
        made = SensitiveDepartment.objects.create(facility_id=facility_id, code=code)
        _record(audit.Act.DEPARTMENT_PROTECTED, made, made.pk, by, why, at)


def unprotect(*, scope: Scope, id: int, by: User, reason: str, at: datetime) -> None:
    """Show the rows of a department again to whoever sees its facility.

    Raises PermissionDenied, also where there is none of this id, OwnGain and audit.ReasonTooShort.
    """
    with transaction.atomic():
        found = SensitiveDepartment.objects.select_for_update().filter(pk=id).first()
        if found is None:
            raise PermissionDenied
        _decides(scope, found.facility_id)
        reads = scope.to(Permission.SEE_TRANSACTIONS)
        if any(
            reads.sees(found.facility_id, each)
            and not reads.holds(PrivacyClass.SENSITIVE, found.facility_id, each)
            for each in Domain
        ):
            raise OwnGain
        why = audit.reason_of(reason)
        found.delete()
        _record(audit.Act.DEPARTMENT_UNPROTECTED, found, id, by, why, at)


def _decides(scope: Scope, facility_id: int) -> None:
    if not all(scope.allows_at(Permission.MANAGE_ACCESS, facility_id, each) for each in Domain):
        raise PermissionDenied


def _record(
    act: audit.Act, department: SensitiveDepartment, id: int, by: User, why: str, at: datetime
) -> None:
    audit.record(
        act,
        user=by,
        object_type="sensitive_department",
        object_id=id,
        at=at,
        reason=why,
        changes={"department": department.code},
        facility_ids=[department.facility_id],
    )
