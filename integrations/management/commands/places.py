"""The hierarchy from the shell."""

from argparse import ArgumentParser
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.models import BEGINNING, FacilityKind, Place, PlaceKind
from integrations.queries.places import PlaceSeen, places_on
from integrations.reference import hierarchy, keeping
from observability.accounts import audit
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now

REFUSED = (
    hierarchy.PlaceTaken,
    hierarchy.WrongParent,
    hierarchy.Circle,
    hierarchy.NotThere,
    hierarchy.WrongCode,
    hierarchy.WrongName,
    hierarchy.WrongZone,
    keeping.StillHolds,
    keeping.NotTheLast,
)


class Command(BaseCommand):
    """`manage.py places list|add|move|rename|end`; a place is named KIND:CODE or, a department, by its id."""

    help = "List the hierarchy on a day; add, move, rename or end a place."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        shown = verbs.add_parser("list")
        shown.add_argument("--on", type=date.fromisoformat, help="a day; today if left out")
        added = verbs.add_parser("add")
        added.add_argument("kind", choices=PlaceKind.values)
        added.add_argument("code")
        added.add_argument("name")
        added.add_argument("--to", help="what it belongs to")
        added.add_argument("--zone", help="of a facility: its time zone, such as America/Chicago")
        added.add_argument("--care", choices=FacilityKind.values, help="of a facility: what it is")
        moved, renamed, ended = (verbs.add_parser(verb) for verb in ("move", "rename", "end"))
        for each in (moved, renamed, ended):
            each.add_argument("place")
            each.add_argument("--reason", required=True)
        moved.add_argument("--to", help="left out: it belongs to nothing")
        moved.add_argument("--until", type=date.fromisoformat, help="the last day; left out: for good")
        renamed.add_argument("name")
        for each in (added, moved, renamed):
            each.add_argument("--since", type=date.fromisoformat, help="the first day")
        ended.add_argument("--last", type=date.fromisoformat, required=True, help="its last day")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        if options["verb"] == "list":
            day = options["on"] or now().date()
            self._show(None, places_on(scope=Scope.system(), day=day), 0)
            return
        try:
            self._change(options)
        except REFUSED as exc:
            raise CommandError(f"Refused: {(exc.__doc__ or '').strip()}") from exc
        except audit.ReasonTooShort as exc:
            raise CommandError(f"Say why, in at least {audit.MIN_REASON} letters.") from exc

    def _change(self, options: dict[str, Any]) -> None:
        at, since = now(), options.get("since")
        to = _named(options["to"]) if options.get("to") else None
        if options["verb"] == "add":
            made = _add(options, to, since or BEGINNING, at)
            self.stdout.write(f"Added {made.pk} {made}.")
            return
        place, reason = _named(options["place"]), audit.reason_of(options["reason"])
        if options["verb"] == "move":
            done = hierarchy.belong(
                place, to=to, since=since or BEGINNING, until=options["until"], by=None, at=at, reason=reason
            )
        elif options["verb"] == "rename":
            name = options["name"]
            done = keeping.rename(place, name, since=since or at.date(), by=None, at=at, reason=reason)
        else:
            done = keeping.end_place(place, last=options["last"], by=None, at=at, reason=reason)
        self.stdout.write("Done." if done else "Nothing changed.")

    def _show(self, parent: int | None, places: list[PlaceSeen], depth: int) -> None:
        for each in places:
            if each.parent_id == parent:
                self.stdout.write(f"{'  ' * depth}{each.id} {each.kind}:{each.code} {each.name}")
                self._show(each.id, places, depth + 1)


def _add(options: dict[str, Any], to: Place | None, since: date, at: datetime) -> Place:
    kind, code, name = PlaceKind(options["kind"]), options["code"].strip(), options["name"].strip()
    zone, care = options["zone"], options["care"]
    if kind is not PlaceKind.FACILITY:
        if zone or care:
            raise CommandError("Only a facility has --zone and --care.")
        return hierarchy.add_place(kind, code, name, parent=to, since=since, by=None, at=at)
    if not zone or not care:
        raise CommandError("A facility needs --zone and --care: the zone decides the days of its figures.")
    care = FacilityKind(care)
    return hierarchy.add_facility(code, name, kind=care, zone=zone, parent=to, since=since, by=None, at=at)


def _named(said: str) -> Place:
    kind, _, code = said.partition(":")
    found = (
        Place.objects.filter(pk=int(said)) if said.isdigit() else Place.objects.filter(kind=kind, code=code)
    )
    if len(found) != 1:
        raise CommandError(f"{len(found)} places are called {said}; name one as KIND:CODE or by its id.")
    return found[0]
