"""The sealing keys: what stands under each, bringing all under the newest, adding and taking away."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.core import keyring, origin, sealed
from observability.core.clock import now
from tracing.storage import reseal, seal_keys

HOUR = 3_600.0


class Command(BaseCommand):
    """`manage.py seals status [--json] | reseal | add ID | drop ID`."""

    help = "Rotate the keys that seal identifiers; see docs/keys.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the four verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        status = verbs.add_parser("status", help="what stands under each key, and which may go")
        status.add_argument("--json", action="store_true")
        verbs.add_parser("reseal", help="bring everything under the first key now")
        verbs.add_parser("add", help="make a key and put it first").add_argument("kid", metavar="ID")
        verbs.add_parser("drop", help="take a key away that nothing stands under").add_argument(
            "kid", metavar="ID"
        )

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        try:
            getattr(self, f"_{options['verb']}")(options)
        except seal_keys.CannotChange as exc:
            raise CommandError(str(exc)) from exc

    def _status(self, options: dict[str, Any]) -> None:
        ring, uses = keyring.seal_keys(), sealed.uses()
        known = [*ring.keys, *sorted({kid for found in uses.values() for kid in found} - ring.keys.keys())]
        rows: list[dict[str, Any]] = [
            {
                "key": kid,
                "in_ring": kid in ring.keys,
                "seals": kid == ring.current,
                **{name.replace(" ", "_"): found.get(kid, 0) for name, found in uses.items()},
            }
            for kid in known
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            counts = ", ".join(f"{found.get(row['key'], 0):,} {name}" for name, found in uses.items())
            self.stdout.write(f"{row['key']}: {counts}; {_standing(row['key'], ring)}")

    def _reseal(self, options: dict[str, Any]) -> None:
        done = reseal.walk(at=now(), seconds=24 * HOUR, anew=True)
        if done is None or done.finished_at is None:
            raise CommandError("Another walk is under way; it does the same.")
        self.stdout.write(f"All identifiers looked at; {done.resealed:,} brought under {done.key_id} so far.")
        if done.unopened:
            raise CommandError(f"{done.unopened:,} cannot be opened: their key is not in the ring.")

    def _add(self, options: dict[str, Any]) -> None:
        seal_keys.add(options["kid"], at=now())
        self.stdout.write(f"{options['kid']} seals from now on. The others still open what they sealed.")

    def _drop(self, options: dict[str, Any]) -> None:
        seal_keys.drop(options["kid"], at=now())
        self.stdout.write(f"{options['kid']} is gone from the ring.")


def _standing(kid: str, ring: keyring.Ring) -> str:
    if kid not in ring.keys:
        return "NOT IN THE RING: what stands under it cannot be shown"
    if kid == ring.current:
        return "seals"
    return "in use" if seal_keys.reason_to_keep(kid) else "may be taken away"
