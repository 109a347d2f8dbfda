"""The demonstration's hierarchy: regions, departments, owners, a former name, a move to come."""

from datetime import date, datetime

from django.db import transaction

from integrations.models import Place, PlaceKind
from integrations.reference.hierarchy import add_place, belong
from integrations.reference.keeping import answer_for, rename
from observability.demo.network import NETWORK, PLACES, REGIONS

REASON = "the demonstration's hierarchy"
FORMER_NAMES = {"WEST": "Mountain region"}  # until the end of last year
MOVES_NEXT_YEAR = ("SOUND", "LAKES")
UNOWNED = ("SOUND", "PINE")  # the worklist has something to show


@transaction.atomic
def make_hierarchy(at: datetime) -> None:
    """Say, once, what lies where: what people change in it stays."""
    if Place.objects.filter(kind=PlaceKind.NETWORK).exists():
        return
    network = add_place(PlaceKind.NETWORK, *NETWORK, by=None, at=at)
    _answer(network, "Board office", at)
    regions = {}
    for code, name, members in REGIONS:
        former = FORMER_NAMES.get(code, name)
        region = add_place(PlaceKind.REGION, code, former, parent=network, by=None, at=at)
        rename(region, name, since=date(at.year, 1, 1), by=None, at=at, reason=REASON)
        _answer(region, f"{name} office", at)
        regions[code] = region
        for facility in Place.objects.filter(kind=PlaceKind.FACILITY, code__in=members):
            belong(facility, to=region, by=None, at=at, reason=REASON)
    facilities = {place.code: place for place in Place.objects.filter(kind=PlaceKind.FACILITY)}
    for place in PLACES:
        home = facilities[place.code]
        if place.code not in UNOWNED:
            _answer(home, f"{place.name} operations", at)
        for department, _ in place.departments:
            made = add_place(PlaceKind.DEPARTMENT, department, department, parent=home, by=None, at=at)
            if place.code not in UNOWNED:
                _answer(made, f"{place.name} operations", at)
    moved, to = MOVES_NEXT_YEAR
    since = date(at.year + 1, 1, 1)
    belong(facilities[moved], to=regions[to], since=since, by=None, at=at, reason=REASON)


def _answer(place: Place, owner: str, at: datetime) -> None:
    answer_for(place, owner=owner, steward="Reference data desk", by=None, at=at, reason=REASON)
