"""Make places and say what they belong to, from when until when. Each change is on record."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from integrations.catalogue.register_fields import zones
from integrations.models import BEGINNING, Facility, FacilityKind, Place, PlaceEdge, PlaceKind
from integrations.reference.dating import Stretch, laid_over
from integrations.reference.reach import rebuild_reach
from observability.accounts import audit
from observability.accounts.locks import one_at_a_time
from observability.accounts.models import User
from observability.core.sql import fetch_one

LOCK = "places"  # the trigger that gives a facility its place takes the same
# It stands in addresses, in files and behind an issuer (`issuer@code`): nothing that they divide by.
FACILITY_CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,19}\Z")
NAME_LIMIT = 120
# The database draws the days of figures: it has zones of its own, and fails on one it does not know.
DATABASE_KNOWS = "SELECT name FROM pg_timezone_names WHERE name = %(zone)s"
PARENTS: dict[PlaceKind, tuple[PlaceKind, ...]] = {
    PlaceKind.NETWORK: (),
    PlaceKind.REGION: (PlaceKind.NETWORK,),
    PlaceKind.FACILITY: (PlaceKind.REGION, PlaceKind.NETWORK),
    PlaceKind.DEPARTMENT: (PlaceKind.FACILITY, PlaceKind.DEPARTMENT),
}
ABOVE_ITSELF = """
WITH RECURSIVE up AS (
    SELECT parent_id AS place_id, daterange(valid_from, valid_to, '[]') AS during
      FROM place_edge WHERE child_id = %(place)s
     UNION
    SELECT e.parent_id, up.during * daterange(e.valid_from, e.valid_to, '[]')
      FROM up
      JOIN place_edge e ON e.child_id = up.place_id
                       AND up.during && daterange(e.valid_from, e.valid_to, '[]')
)
SELECT DISTINCT place_id AS value, %(beginning)s::date AS first, NULL::date AS last
  FROM up WHERE place_id = %(place)s
"""


class PlaceTaken(Exception):
    """There is such a place already."""


class WrongParent(Exception):
    """Places of this kind do not belong to places of that kind."""


class NotThere(Exception):
    """One of the two is not there on all of these days."""


class Circle(Exception):
    """The place would lie within itself."""


class WrongCode(Exception):
    """The code of a facility is 1 to 20 letters, digits, - and _, and does not begin with -."""


class WrongName(Exception):
    """A facility has a name, of at most 120 characters."""


class WrongZone(Exception):
    """There is no such time zone: name one as America/Chicago."""


@dataclass(frozen=True, slots=True)
class _Zone:
    name: str


def add_place(
    kind: PlaceKind,
    code: str,
    name: str,
    *,
    by: User | None,
    at: datetime,
    parent: Place | None = None,
    since: date = BEGINNING,
) -> Place:
    """Make a place and say what it belongs to. WrongParent for a facility, which is made by add_facility.

    `by` is None where the installation's own shell does it. Raises PlaceTaken, WrongParent, NotThere.
    """
    if kind is PlaceKind.FACILITY or (kind is PlaceKind.DEPARTMENT and parent is None):
        raise WrongParent
    with transaction.atomic():
        one_at_a_time(LOCK)
        if _taken(kind, code, parent):
            raise PlaceTaken
        place = Place.objects.create(kind=kind, code=code, name=name, valid_from=since)
        audit.record(audit.Act.PLACE_MADE, user=by, object_type="place", object_id=place.pk, at=at)
        if parent is not None:
            belong(place, to=parent, since=since, by=by, at=at, reason="made there")
        return place


def add_facility(
    code: str,
    name: str,
    *,
    kind: FacilityKind,
    zone: str,
    by: User | None,
    at: datetime,
    parent: Place | None = None,
    since: date = BEGINNING,
) -> Place:
    """Make a facility, which brings its place, and say what it belongs to. Return the place.

    `zone` is an IANA name; it decides where the days of its figures begin. `by` is None where the
    installation's own shell does it. Raises WrongCode, WrongName, WrongZone, PlaceTaken, WrongParent,
    NotThere.
    """
    if not FACILITY_CODE.match(code):
        raise WrongCode
    if not name.strip() or len(name) > NAME_LIMIT:
        raise WrongName
    if zone not in zones() or fetch_one(_Zone, DATABASE_KNOWS, {"zone": zone}) is None:
        raise WrongZone
    with transaction.atomic():
        one_at_a_time(LOCK)
        if _taken(PlaceKind.FACILITY, code, parent):
            raise PlaceTaken
        facility = Facility.objects.create(code=code, name=name, kind=kind, zone=zone)
        place = Place.objects.get(facility=facility)
        place.valid_from = since
        place.save(update_fields=["valid_from"])
        audit.record(
            audit.Act.PLACE_MADE,
            user=by,
            object_type="place",
            object_id=place.pk,
            at=at,
            facility_ids=[facility.pk],
        )
        if parent is not None:
            belong(place, to=parent, since=since, by=by, at=at, reason="made there")
        return place


def belong(
    place: Place,
    *,
    to: Place | None,
    since: date = BEGINNING,
    until: date | None = None,
    by: User | None,
    at: datetime,
    reason: str,
) -> bool:
    """Say what a place belongs to on these days, over what was said of them before; None is nothing.

    Answers whether anything changed. Raises WrongParent, NotThere, Circle, and PlaceTaken where a department
    would meet another one of its code.
    """
    if to is not None and PlaceKind(to.kind) not in PARENTS[PlaceKind(place.kind)]:
        raise WrongParent
    with transaction.atomic():
        one_at_a_time(LOCK)
        if to is not None and not (_there(place, since, until) and _there(to, since, until)):
            raise NotThere
        edges = list(PlaceEdge.objects.filter(child=place).order_by("valid_from"))
        known = [Stretch(edge.parent_id, edge.valid_from, edge.valid_to) for edge in edges]
        wanted = laid_over(known, value=to.pk if to else None, first=since, last=until)
        if wanted == known:
            return False
        if to is not None and _taken(PlaceKind(place.kind), place.code, to, but=place):
            raise PlaceTaken
        _write(place, wanted)
        audit.record(
            audit.Act.PLACE_MOVED,
            user=by,
            object_type="place",
            object_id=place.pk,
            at=at,
            reason=reason,
            facility_ids=[] if place.facility_id is None else [place.facility_id],
        )
        return True


def _there(place: Place, first: date, last: date | None) -> bool:
    place.refresh_from_db(fields=["valid_from", "valid_to"])
    return place.valid_from <= first and (
        place.valid_to is None or (last is not None and last <= place.valid_to)
    )


def _write(place: Place, wanted: list[Stretch[int]]) -> None:
    PlaceEdge.objects.filter(child=place).delete()
    PlaceEdge.objects.bulk_create(
        PlaceEdge(child=place, parent_id=s.value, valid_from=s.first, valid_to=s.last) for s in wanted
    )
    if fetch_one(Stretch, ABOVE_ITSELF, {"place": place.pk, "beginning": BEGINNING}):
        raise Circle
    if place.kind != PlaceKind.DEPARTMENT:  # a department reaches no facility
        rebuild_reach()


def _taken(kind: PlaceKind, code: str, parent: Place | None, but: Place | None = None) -> bool:
    """Say whether the code is in use: a department's under its parent, any other's anywhere."""
    others = Place.objects.filter(code=code)
    if but is not None:
        others = others.exclude(pk=but.pk)
    if kind is PlaceKind.DEPARTMENT:
        return others.filter(kind=kind, upward__parent=parent).exists()
    return others.exclude(kind=PlaceKind.DEPARTMENT).exists()
