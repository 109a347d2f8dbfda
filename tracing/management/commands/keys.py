"""Merge, move and restore keys by hand, and tell what became of a number."""

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from integrations.models import Connector, Facility
from observability.accounts import audit
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now
from tracing.models import Identifier, KeyAlias, KeyAliasUndone
from tracing.storage import by_hand

KINDS = ("mrn", "account", "encounter", "order", "charge", "claim", "payer_claim_control")
THINGS = ("account", "encounter", "order", "charge", "claim")


class Command(BaseCommand):
    """`manage.py keys merge|move|undo|history`; numbers come by standard input, one a line."""

    help = "Merge or move keys by hand, take that back, or list what was renamed. See docs/keys.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs. A number is never an argument: the shell would remember it."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        merge = verbs.add_parser("merge", help="two lines: the number that goes, the number that is left")
        move = verbs.add_parser(
            "move", help="two lines as for merge; with --of a third: the thing that moves"
        )
        move.add_argument("--of", choices=THINGS, help="only events that carry this thing's number move")
        for verb in (merge, move):
            verb.add_argument("kind", choices=KINDS)
            verb.add_argument("--facility", required=True, metavar="CODE")
            verb.add_argument("--issuer", default="", help="who numbers it, as in the events; for claims")
            verb.add_argument("--reason", required=True)
        undo = verbs.add_parser("undo", help="take back what an event said of keys")
        undo.add_argument("event", type=UUID)
        undo.add_argument("--reason", required=True)
        history = verbs.add_parser("history", help="what was merged, moved and taken back, newest first")
        history.add_argument("--facility", metavar="CODE")
        history.add_argument("--limit", type=int, default=50)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        try:
            getattr(self, f"_{options['verb']}")(options)
        except by_hand.CannotRename as exc:
            raise CommandError(str(exc)) from exc
        except audit.ReasonTooShort as exc:
            raise CommandError(f"Give a reason of at least {audit.MIN_REASON} characters.") from exc
        except PermissionDenied as exc:
            raise CommandError("No event of this id said anything of keys.") from exc

    def _merge(self, options: dict[str, Any]) -> None:
        self._rename(by_hand.MERGED, options, {})

    def _move(self, options: dict[str, Any]) -> None:
        self._rename(by_hand.MOVED, options, {"of": options["of"]} if options["of"] else {})

    def _rename(self, type: str, options: dict[str, Any], data: dict[str, str]) -> None:
        names = ["old", "new", *(["number"] if data else [])]
        numbers = [line.strip() for line in sys.stdin.read().splitlines() if line.strip()]
        if len(numbers) != len(names):
            raise CommandError(f"Give {len(names)} lines: {', '.join(names)}.")
        data |= {"kind": options["kind"], **dict(zip(names, numbers, strict=True))}
        if options["issuer"]:
            data["issuer"] = options["issuer"]
        event_id = by_hand.rename(
            type,
            data,
            scope=Scope.system(),
            user=None,
            facility=self._facility(options["facility"]),
            reason=options["reason"],
            at=now(),
        )
        self.stdout.write(f"Done, by event {event_id}. Undo: manage.py keys undo {event_id}")

    def _undo(self, options: dict[str, Any]) -> None:
        by_hand.restore(options["event"], scope=Scope.system(), user=None, reason=options["reason"], at=now())
        self.stdout.write("Taken back: all stands as if it had never been said.")

    def _history(self, options: dict[str, Any]) -> None:
        rows = KeyAlias.objects.filter(workflow=None).order_by("-occurred_at", "event_id", "old")
        if options["facility"]:
            rows = rows.filter(facility_id=self._facility(options["facility"]).pk)
        found = list(rows[: options["limit"]])
        tokens = {token for row in found for token in (row.old, row.new)}
        last = dict(Identifier.objects.filter(token__in=tokens).values_list("token", "last"))
        undone = set(
            KeyAliasUndone.objects.filter(undoes__in=[r.event_id for r in found]).values_list(
                "undoes", flat=True
            )
        )
        names = dict(Connector.objects.values_list("pk", "name"))
        for row in found:
            what = (
                "merged into" if row.type == by_hand.MERGED else "moved to" if row.within else "replaced by"
            )
            state = ", taken back" if row.event_id in undone else ""
            self.stdout.write(
                f"{row.occurred_at:%Y-%m-%d %H:%M}  {row.event_id}  {row.kind} …{last.get(row.old, '')} "
                f"{what} …{last.get(row.new, '')}  {names.get(row.connector_id, 'by hand')}{state}"
            )

    def _facility(self, code: str) -> Facility:
        found = Facility.objects.filter(code=code).first()
        if found is None:
            raise CommandError(f"There is no facility {code}.")
        return found
