"""Replace the id key, offline."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from observability.core import keyring, origin
from observability.core.clock import now
from tracing.storage.rekey import CannotRekey, rekey


class Command(BaseCommand):
    """`manage.py rekey FILE [--dry-run]`: the file holds the new key, url-safe base64."""

    help = "Bring every token and transaction id under a new id key, while nothing runs. See docs/keys.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file of the new key."""
        parser.add_argument("file", type=Path, help="the new key; for its owner's eyes only")
        parser.add_argument("--dry-run", action="store_true", help="do all of it, then take it back")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Rekey and say what is to be set before anything starts again."""
        try:
            keyring.check_mode("the new key", options["file"])
            key = keyring.decoded("The new key", options["file"].read_text().strip())
            done = rekey(key, at=now(), dry_run=options["dry_run"])
        except (OSError, ImproperlyConfigured, CannotRekey) as exc:
            raise CommandError(str(exc)) from exc
        for name, n in sorted(done.items()):
            self.stdout.write(f"{name}: {n:,}")
        if options["dry_run"]:
            self.stdout.write("Nothing was changed.")
            return
        self.stdout.write("Done. Before anything starts: THROUGHLINE_ID_KEY is the new key now,")
        self.stdout.write("and THROUGHLINE_VEIL_KEY is what it was, or what THROUGHLINE_ID_KEY was.")
