"""Make the people of a demonstration."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from integrations.models import Facility, Place, PlaceKind
from observability.accounts.demo import PASSWORD, PEOPLE, DemoPerson
from observability.accounts.granting import Terms, give
from observability.accounts.models import User
from observability.accounts.scopes import Scope
from observability.core.clock import now

REASON = "A person of the demonstration"


class Command(BaseCommand):
    """`demo_users`: one person of each role, seeing different facilities; safe to run again."""

    help = "Make the people of a demonstration and print their sign-ins. Only where THROUGHLINE_DEMO is on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --json."""
        parser.add_argument("--json", action="store_true", help="print for a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or mend them, and print."""
        if not settings.DEMO:
            raise CommandError(
                "This is not a demonstration: people with a known password are made only where "
                "THROUGHLINE_DEMO is set to true."
            )
        facilities = list(Facility.objects.order_by("code"))
        if not facilities:
            raise CommandError("There are no facilities yet: load the demonstration's facilities first.")
        with transaction.atomic():
            seen = {person.username: _make(person, facilities, now()) for person in PEOPLE}
        if options["json"]:
            self.stdout.write(json.dumps({"password": PASSWORD, "people": seen}))
            return
        self.stdout.write(f"Everybody's password: {PASSWORD}")
        for person in PEOPLE:
            self.stdout.write(f"  {person.username:6} {person.role:14} {seen[person.username]}")


def _make(person: DemoPerson, facilities: list[Facility], at: datetime) -> str:
    """Make one person with their grants, or mend the password; return in words what they see."""
    first, _, last = person.name.partition(" ")
    user, made = User.objects.get_or_create(
        username=person.username, defaults={"first_name": first, "last_name": last}
    )
    if made or not user.check_password(PASSWORD):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    places = _places(person, facilities)
    if made:  # later, what people decided in the demonstration stays
        for place in places:
            by_place = isinstance(place, Place)
            terms = Terms(
                role=person.role,
                facility_id=None if place is None or by_place else place.pk,
                place_id=place.pk if place is not None and by_place else None,
            )
            give(scope=Scope.system(), to=user, terms=terms, by=None, reason=REASON, at=at)
    return ", ".join("every facility" if place is None else place.code for place in places)


def _places(person: DemoPerson, facilities: list[Facility]) -> Sequence[Facility | Place | None]:
    if person.places is None:
        return [None]
    region = (
        Place.objects.filter(kind=PlaceKind.REGION, code=person.region).first() if person.region else None
    )
    if region is not None:
        return [region]
    # A demonstration of one facility still has everybody in it.
    return list(
        {place % len(facilities): facilities[place % len(facilities)] for place in person.places}.values()
    )
