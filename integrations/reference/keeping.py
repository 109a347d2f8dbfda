"""Rename a place, end it, say who answers for it: each on record, with the reason."""

import logging
from datetime import date, datetime

from django.db import transaction

from integrations.models import Facility, Place, PlaceEdge, PlaceKind, PlaceName, PlaceNameAhead
from integrations.reference.dating import DAY
from integrations.reference.hierarchy import LOCK, NotThere, belong
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope

log = logging.getLogger(__name__)


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

    A name of a day to come waits for it (`take_up`); the name of before, said from that day, takes it back.
    Raises NotTheLast, ReasonTooShort. A facility is renamed with its place.
    """
    reason = audit.reason_of(reason)
    with transaction.atomic():
        one_at_a_time(LOCK)
        place.refresh_from_db()
        if since > at.date():
            old, changed = _announce(place, name, since, reason)
        else:
            old, changed = place.name, _call(place, name, since)
        if changed:
            told = {"before": old, "after": name, "since": str(since)}
            _record(audit.Act.PLACE_RENAMED, place, told, by, at, reason)
        return changed


def take_up(at: datetime) -> int:
    """Give places the names whose day has begun; answer how many. Each was put on record when it was said.

    One that somebody has overtaken by a name of that day or later goes.
    """
    with transaction.atomic():
        one_at_a_time(LOCK)
        due = PlaceNameAhead.objects.filter(valid_from__lte=at.date())
        taken = 0
        for each in due.select_related("place").order_by("valid_from", "pk"):
            each.place.refresh_from_db()
            try:
                taken += _call(each.place, each.name, each.valid_from)
            except NotTheLast:
                log.warning("place_name_overtaken", extra={"place": each.place_id})
            each.delete()
        return taken


def _call(place: Place, name: str, since: date) -> bool:
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
    return True


def _announce(place: Place, name: str, since: date, reason: str) -> tuple[str, bool]:
    """Note a name for a day to come; return what it would be called without it, and whether that changed."""
    ahead = PlaceNameAhead.objects.filter(place=place)
    before = ahead.filter(valid_from__lt=since).order_by("-valid_from").first()
    old, known = before.name if before else place.name, ahead.filter(valid_from=since).first()
    if name == old:
        return (known.name, True) if known and known.delete() else (old, False)
    if known and known.name == name:
        return old, False
    ahead.update_or_create(place=place, valid_from=since, defaults={"name": name, "reason": reason})
    return known.name if known else old, True


def end_place(place: Place, *, last: date, by: User | None, at: datetime, reason: str) -> bool:
    """Say on which day a place is there for the last time. Answers whether it changed.

    Raises StillHolds, NotThere, ReasonTooShort. What it belongs to holds until that day, a later one than was
    said before, too; a facility keeps its own rows for good.
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
        parent, since = (
            (_until(place, before), before + DAY) if before and before < last else (None, last + DAY)
        )
        belong(place, to=parent, since=since, until=last if parent else None, by=by, at=at, reason=reason)
        told = {"before": str(before or ""), "after": str(last)}
        _record(audit.Act.PLACE_ENDED, place, told, by, at, reason)
        return True


def _until(place: Place, last: date) -> Place | None:
    """Return what a place belonged to on its last day."""
    edge = PlaceEdge.objects.filter(child=place, valid_to=last).select_related("parent").first()
    return edge.parent if edge else None


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
