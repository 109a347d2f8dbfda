"""Break the glass: read one more facility for a while, for a reason, with an alarm."""

from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest

from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.looks import note_look
from observability.accounts.models import OpenedGlass, User
from observability.accounts.queries.held import Holding
from observability.accounts.roles import OPENED, Permission
from observability.accounts.scopes import Scope


class OwnAlarm(Exception):
    """Nobody acknowledges the alarm that they caused."""


def open_glass(
    *, scope: Scope, user: User, facility_id: int, sensitive: bool, reason: str, at: datetime
) -> OpenedGlass:
    """Open a facility to whoever may break the glass somewhere; the alarm is the row itself.

    Raises PermissionDenied and audit.ReasonTooShort.
    """
    if not scope.allows(Permission.BREAK_GLASS):
        raise PermissionDenied
    why = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(f"glass:{user.pk}")
        opened = OpenedGlass.objects.create(
            user=user,
            facility_id=facility_id,
            sensitive=sensitive,
            reason=why,
            opened_at=at,
            expires_at=at + timedelta(minutes=settings.GLASS_MINUTES),
        )
        _record(audit.Act.GLASS_OPENED, opened, user, why, at)
        return opened


def end_glass(*, user: User, id: int, at: datetime) -> None:
    """Close what one opened oneself; nothing happens where it is closed already."""
    with transaction.atomic():
        mine = OpenedGlass.objects.filter(pk=id, user=user, ended_at=None, expires_at__gt=at)
        for opened in mine.select_for_update():
            opened.ended_at = at
            opened.save(update_fields=["ended_at"])
            _record(audit.Act.GLASS_ENDED, opened, user, "", at)


def acknowledge(*, opened: OpenedGlass, by: User, at: datetime) -> None:
    """Note that somebody answerable has seen the alarm. Raises OwnAlarm."""
    if opened.user_id == by.pk:
        raise OwnAlarm
    with transaction.atomic():
        if OpenedGlass.objects.filter(pk=opened.pk, acknowledged_at=None).update(
            acknowledged_at=at, acknowledged_by=by
        ):
            _record(audit.Act.GLASS_ACKNOWLEDGED, opened, by, "", at)


def note_view(
    request: HttpRequest, *, holding: Holding, permission: Permission, view: str, at: datetime
) -> None:
    """Leave a row for each page that was read while a glass stood open. `view` is the name of the page."""
    if not holding.opened or permission not in OPENED:
        return
    for opened in OpenedGlass.objects.filter(pk__in=holding.opened).order_by("pk"):
        note_look(
            audit.Act.GLASS_VIEWED,
            user=cast(User, request.user),
            object_type="opened_glass",
            object_id=opened.pk,
            at=at,
            asked=request.path,
            reason=view,
            facility_ids=[opened.facility_id],
        )


def _record(act: audit.Act, opened: OpenedGlass, user: User, reason: str, at: datetime) -> None:
    audit.record(
        act,
        user=user,
        object_type="opened_glass",
        object_id=opened.pk,
        at=at,
        reason=reason,
        facility_ids=[opened.facility_id],
    )
