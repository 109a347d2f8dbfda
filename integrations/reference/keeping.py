"""Rename a place, end it, say who answers for it: each on record, with the reason."""

from datetime import date, datetime

from django.db import transaction

from integrations.models import Facility, Place, PlaceEdge, PlaceKind, PlaceName
from integrations.reference.dating import DAY
from integrations.reference.hierarchy import LOCK, NotThere, belong
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope


class ToCome(Exception):
    """A name can only be said of days that have begun: the place has one name now."""


class NotTheLast(Exception):
    """The place was renamed on that day or later; a name is said after the last one."""


class StillHolds(Exception):
    """Others belong to the place on days on which it would be gone."""


def may_move(scope: Scope) -> bool:
    """Say whether somebody may change the hierarchy.

    A grant may reach by place: who moves one decides who sees what, so it takes both permissions everywhere.
    """
    return scope.everything or {Permission.MANAGE_CATALOGUE, Permission.MANAGE_ACCESS} <= scope.everywhere


def rename(place: Place, name: str, *, since: date, by: User | None, at: datetime, reason: str) -> bool:
    """Call a place otherwise from a day on; the days before keep their name. Answers whether it changed.

    Raises ToCome, NotTheLast, ReasonTooShort. A facility is renamed with its place.
    """
    reason = audit.reason_of(reason)
    if since > at.date():
        raise ToCome
    with transaction.atomic():
        one_at_a_time(LOCK)
        place.refresh_from_db()
        old = place.name
        if old == name:
            return False
        if since > place.valid_from:
            if PlaceName.objects.filter(place=place, valid_to__gte=since - DAY).exists():
                raise NotTheLast
            PlaceName.objects.create(place=place, name=old, valid_to=since - DAY)
        elif PlaceName.objects.filter(place=place).exists():
            raise NotTheLast
        if place.facility_id is None:
            Place.objects.filter(pk=place.pk).update(name=name)
        else:
            Facility.objects.filter(pk=place.facility_id).update(name=name)  # the trigger names the place
        place.refresh_from_db()
        _record(
            audit.Act.PLACE_RENAMED,
            place,
            {"before": old, "after": name, "since": str(since)},
            by,
            at,
            reason,
        )
        return True


def end_place(place: Place, *, last: date, by: User | None, at: datetime, reason: str) -> bool:
    """Say on which day a place is there for the last time. Answers whether it changed.

    Raises StillHolds, NotThere, ReasonTooShort. What it belonged to holds until that day; a facility keeps
    its own rows for good.
    """
    reason = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(LOCK)
        place.refresh_from_db()
        if last < place.valid_from:
            raise NotThere
        if place.valid_to == last:
            return False
        after = PlaceEdge.objects.filter(parent=place)
        if after.filter(valid_to=None).exists() or after.filter(valid_to__gt=last).exists():
            raise StillHolds
        before = place.valid_to
        place.valid_to = last
        place.save(update_fields=["valid_to"])
        belong(place, to=None, since=last + DAY, by=by, at=at, reason=reason)
        told = {"before": str(before or ""), "after": str(last)}
        _record(audit.Act.PLACE_ENDED, place, told, by, at, reason)
        return True


def answer_for(place: Place, *, owner: str, steward: str, by: User | None, at: datetime, reason: str) -> bool:
    """Say who decides about a place and who keeps it right. Answers whether it changed."""
    reason = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(LOCK)
        place.refresh_from_db()
        before = [place.owner, place.steward]
        if before == [owner, steward]:
            return False
        place.owner, place.steward = owner, steward
        place.save(update_fields=["owner", "steward"])
        told = {"before": before, "after": [owner, steward]}
        _record(audit.Act.PLACE_OWNED, place, told, by, at, reason)
        return True


def _record(
    act: audit.Act, place: Place, changes: object, by: User | None, at: datetime, reason: str
) -> None:
    audit.record(
        act,
        user=by,
        object_type="place",
        object_id=place.pk,
        at=at,
        reason=reason,
        changes=changes,
        facility_ids=[place.facility_id] if place.kind == PlaceKind.FACILITY and place.facility_id else (),
    )
