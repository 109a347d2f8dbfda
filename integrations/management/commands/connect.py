"""Post the events of files to a Throughline server, as a connector beside the sending system would."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.adapters.post import Poster, PostingStoppedError
from integrations.adapters.progress import Progress
from integrations.adapters.run import Run, table
from observability import env

NOT_READ, NOT_POSTED = 1, 2


class Command(BaseCommand):
    """`manage.py connect x12 FILE|FOLDER… --url … --key … --facility CODE`."""

    help = (
        "Read X12 claim files (837P, 837I, 999, 997, TA1, 277CA, 835) and post their events. "
        "Running it again on the same files changes nothing. Exit status: 0 all read and taken, "
        "1 something was not read or was rejected (everything else was sent), "
        "2 the server could not be used."
    )
    requires_system_checks: list[str] = []  # noqa: RUF012 - needs no database: it may run far from the server

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=["x12"], help="what the files hold")
        parser.add_argument("paths", nargs="+", type=Path, metavar="FILE|FOLDER")
        parser.add_argument(
            "--facility", required=True, metavar="CODE", help="where a file names no known one"
        )
        parser.add_argument("--url", default="http://127.0.0.1:8000", help="root of the server (%(default)s)")
        parser.add_argument("--key", help="connector key; better in the environment as THROUGHLINE_KEY")
        parser.add_argument("--batch-size", type=_batch_size, default=250, metavar="N", help="(%(default)s)")
        parser.add_argument("--dry-run", action="store_true", help="read and add up, post nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(sys.stderr)
        run = Run(
            sender=None if options["dry_run"] else _poster(options["url"], options["key"]),
            facility=options["facility"],
            batch_size=options["batch_size"],
            tell=lambda line: self.stderr.write(progress.over(line)),
            progress=progress.show,
        )
        summary = run.over(options["paths"])
        progress.clear()
        self.stdout.write("\n".join(table(summary, posted=not options["dry_run"])))
        if summary.stopped:
            raise CommandError(summary.stopped, returncode=NOT_POSTED)
        if not summary.is_clean:
            failed = f"{summary.errors.total()} not read, {summary.rejected.total()} rejected; see above"
            raise CommandError(failed, returncode=NOT_READ)


def _batch_size(text: str) -> int:
    size = int(text)
    if size < 1:
        raise ValueError
    return size


def _poster(url: str, key: str | None) -> Poster:
    key = key or env.text("THROUGHLINE_KEY", "")
    if not key:
        raise CommandError("no key: set THROUGHLINE_KEY or give --key", returncode=NOT_POSTED)
    try:
        return Poster(url, key)
    except PostingStoppedError as exc:
        raise CommandError(str(exc), returncode=NOT_POSTED) from exc
