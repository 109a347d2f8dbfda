"""Decide that a name which traffic uses is not to be declared, with a reason; or take that back."""

from datetime import datetime

from django.db import transaction

from integrations.models import Connector, Dismissal, SeenName
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope


class NotYours(Exception):
    """Somebody does not decide on every facility at which the name may have been seen."""


def may_decide(scope: Scope, sort: str, code: str) -> bool:
    """Say whether somebody decides on all facilities where a name was seen, as for an entry of the register.

    Where no facility was said, it may have been any that the connector may post for.
    """
    if scope.everything or Permission.MANAGE_CATALOGUE in scope.everywhere:
        return True
    held, places = scope.to(Permission.MANAGE_CATALOGUE), _places(sort, code)
    return bool(places) and all(held.sees(place) for place in places)


def _places(sort: str, code: str) -> set[int]:
    """Return every facility at which a name was seen, or may have been."""
    seen = list(SeenName.objects.filter(sort=sort, code=code).values_list("facility_id", "connector_id"))
    places = {place for place, _ in seen if place is not None}
    vague = {connector_id for place, connector_id in seen if place is None}
    for each in Connector.objects.filter(pk__in=vague).prefetch_related("facilities"):
        places |= {each.facility_id, *(place.pk for place in each.facilities.all())}
    return places


def dismiss(sort: str, code: str, *, reason: str, scope: Scope, user: User, at: datetime) -> None:
    """Keep that a name is not to be declared; dismissing it again changes nothing.

    Raises ReasonTooShort and NotYours.
    """
    why = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time("register")
        if not may_decide(scope, sort, code):
            raise NotYours
        if Dismissal.objects.filter(sort=sort, code=code, undone_at=None).exists():
            return
        kept = Dismissal.objects.create(sort=sort, code=code, reason=why, at=at, user=user)
        _record(audit.Act.PROPOSAL_DISMISSED, kept, user, at, why)


def restore(sort: str, code: str, *, scope: Scope, user: User, at: datetime) -> None:
    """Propose a name again; one that is not dismissed stays as it is. Raises NotYours."""
    with transaction.atomic():
        one_at_a_time("register")
        if not may_decide(scope, sort, code):
            raise NotYours
        kept = Dismissal.objects.filter(sort=sort, code=code, undone_at=None).first()
        if kept is None:
            return
        kept.undone_at, kept.undone_by = at, user
        kept.save(update_fields=["undone_at", "undone_by"])
        _record(audit.Act.PROPOSAL_RESTORED, kept, user, at)


def _record(act: audit.Act, kept: Dismissal, user: User, at: datetime, reason: str = "") -> None:
    audit.record(
        act,
        user=user,
        object_type="dismissal",
        object_id=kept.pk,
        at=at,
        reason=reason,
        facility_ids=_places(kept.sort, kept.code),
    )
