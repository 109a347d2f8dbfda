"""Switch somebody off, who is out at once, and on again: by somebody else, with a reason, on record."""

from datetime import datetime

from django.db import transaction

from observability.accounts import audit
from observability.accounts.granting import ADMINISTRATORS, decides_on_all, leaves_an_administrator
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.scopes import Scope


class OwnAccount(Exception):
    """Nobody switches themselves off."""


class AlreadyOff(Exception):
    """They are switched off."""


class AlreadyOn(Exception):
    """They are switched on."""


def switch_off(*, scope: Scope, of: User, by: User | None, reason: str, at: datetime) -> None:
    """Let somebody in no more and end their sessions; grants and second factors stay.

    `by` is None where the installation's own shell does it. Raises PermissionDenied where `by` does not
    decide on all that this person holds, OwnAccount, AlreadyOff, granting.LastAdministrator and
    audit.ReasonTooShort.
    """
    why = audit.reason_of(reason)
    if by is not None and by.pk == of.pk:
        raise OwnAccount
    decides_on_all(scope, of, at)
    with transaction.atomic():
        one_at_a_time(ADMINISTRATORS)
        # The database ends their sessions with it: 0006_sessions_end.up.sql.
        if not User.objects.filter(pk=of.pk, is_active=True).update(is_active=False):
            raise AlreadyOff
        leaves_an_administrator(of, at)
        _record(audit.Act.PERSON_SWITCHED_OFF, of, by, why, at)


def switch_on(*, scope: Scope, of: User, by: User | None, reason: str, at: datetime) -> None:
    """Let somebody in again, with the grants that stand. Raises what `switch_off` raises, and AlreadyOn."""
    why = audit.reason_of(reason)
    decides_on_all(scope, of, at)
    with transaction.atomic():
        if not User.objects.filter(pk=of.pk, is_active=False).update(is_active=True):
            raise AlreadyOn
        _record(audit.Act.PERSON_SWITCHED_ON, of, by, why, at)


def _record(act: audit.Act, of: User, by: User | None, why: str, at: datetime) -> None:
    audit.record(act, user=by, object_type="user", object_id=of.pk, at=at, reason=why)
