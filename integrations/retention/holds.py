"""Legal holds: one person places one, and it holds at once; to lift it takes two."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction

from integrations.models import LegalHold
from integrations.retention.run import wait_for_holds
from observability.accounts import audit
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope


class OwnRequest(Exception):
    """Nobody lifts a hold that they themselves asked to have lifted."""


class NotAsked(Exception):
    """Nobody has asked to lift this hold, or it is lifted already."""


class BadHold(Exception):
    """What was asked for is no hold; the text says why, for the person who asked."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a hold is to keep; what is None or empty does not narrow it."""

    name: str
    data_class: str = ""
    facility_id: int | None = None
    connector_id: int | None = None
    transaction_ids: tuple[UUID, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


def place(*, scope: Scope, user: User, what: Held, reason: str, at: datetime) -> LegalHold:
    """Keep what `what` names from now on: when this returns, nothing of it is deleted any more.

    Raises PermissionDenied where it reaches further than the person, audit.ReasonTooShort, BadHold.
    """
    require(scope, what.facility_id)
    if not what.name.strip():
        raise BadHold("Give the matter a name.")
    if what.since is not None and what.until is not None and what.since >= what.until:
        raise BadHold("The period ends before it begins.")
    why = audit.reason_of(reason)
    with transaction.atomic():
        wait_for_holds()
        hold = LegalHold.objects.create(
            name=what.name.strip()[:80],
            reason=why,
            data_class=what.data_class,
            facility_id=what.facility_id,
            connector_id=what.connector_id,
            transaction_ids=list(what.transaction_ids) if what.transaction_ids else None,
            since=what.since,
            until=what.until,
            placed_by=user,
            placed_at=at,
        )
        _record(audit.Act.HOLD_PLACED, hold, user, why, at)
    return hold


def ask_to_lift(*, scope: Scope, user: User, hold: LegalHold, reason: str, at: datetime) -> None:
    """Ask to have a hold lifted; it holds until somebody else agrees. Raises like `place`, and NotAsked."""
    require(scope, hold.facility_id)
    why = audit.reason_of(reason)
    with transaction.atomic():
        standing = _standing(hold)
        standing.asked_by, standing.asked_at, standing.asked_reason = user, at, why
        standing.save(update_fields=["asked_by", "asked_at", "asked_reason"])
        _record(audit.Act.HOLD_LIFT_ASKED, standing, user, why, at)


def lift(*, scope: Scope, user: User, hold: LegalHold, at: datetime) -> None:
    """Agree to lift a hold that somebody else asked to have lifted.

    Raises PermissionDenied, NotAsked, OwnRequest; the database refuses one's own request too.
    """
    require(scope, hold.facility_id)
    with transaction.atomic():
        standing = _standing(hold)
        if standing.asked_by_id is None:
            raise NotAsked
        if standing.asked_by_id == user.pk:
            raise OwnRequest
        standing.lifted_by, standing.lifted_at = user, at
        standing.save(update_fields=["lifted_by", "lifted_at"])
        _record(audit.Act.HOLD_LIFTED, standing, user, standing.asked_reason, at)


def require(scope: Scope, facility_id: int | None) -> None:
    """A hold on one facility is decided there; any other reaches every facility. Raises PermissionDenied."""
    everywhere = scope.everything or Permission.MANAGE_HOLDS in scope.everywhere
    if not everywhere and (facility_id is None or not scope.allows_at(Permission.MANAGE_HOLDS, facility_id)):
        raise PermissionDenied


def _standing(hold: LegalHold) -> LegalHold:
    standing = LegalHold.objects.select_for_update().filter(pk=hold.pk, lifted_at=None).first()
    if standing is None:
        raise NotAsked
    return standing


def _record(act: audit.Act, hold: LegalHold, user: User, reason: str, at: datetime) -> None:
    audit.record(
        act,
        user=user,
        object_type="hold",
        object_id=hold.pk,
        at=at,
        reason=reason,
        mentions=hold.transaction_ids or (),
        facility_ids=[hold.facility_id] if hold.facility_id else [],
        changes={"name": hold.name, "class": hold.data_class or "all"},
    )
