"""`manage.py bench`: measure ingest, drain, pipeline, search and board on a scratch database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.bench import kinds, report, scratch
from observability.bench.installation import NotEmpty


class Command(BaseCommand):
    """Print a table, or JSON with --json."""

    help = "Measure speed and size on a scratch database of its own."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What to measure, and how much of it."""
        parser.add_argument("kind", choices=sorted(kinds.KINDS))
        parser.add_argument("--scale", type=float, default=1.0, help="share of the full size (1.0)")
        parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
        parser.add_argument(
            "--here", action="store_true", help="use the configured database: it is filled and must be empty"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Start a scratch server and run there, or run here if that has been done."""
        if not options["here"]:
            words = [
                options["kind"],
                "--scale",
                str(options["scale"]),
                *(["--json"] if options["json"] else []),
            ]
            raise SystemExit(scratch.run_here(words))
        try:
            results = kinds.KINDS[options["kind"]](options["scale"])
        except NotEmpty as exc:
            raise CommandError(str(exc)) from exc
        self.stdout.write(report.as_json(results) if options["json"] else report.as_table(results))
