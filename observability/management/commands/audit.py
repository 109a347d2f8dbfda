"""`manage.py audit verify`: is the audit chain whole?"""

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from observability.accounts import anchors
from observability.accounts.verifying import Verdict, verify
from observability.core.clock import now


class Command(BaseCommand):
    """Verify the audit chain, or write an anchor of it."""

    help = "Verify the audit chain against its keys and anchors, or write an anchor now."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to do."""
        parser.add_argument("what", choices=["verify", "anchor"])
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it; the exit code is 1 where something is wrong."""
        if options["what"] == "anchor":
            written = anchors.write_anchor(now())
            self.stdout.write(f"Written: row {written.seq}" if written else "Nothing new to write")
            return
        try:
            verdict = verify(anchors.read_anchors())
        except anchors.BadAnchor as exc:
            raise CommandError(f"The anchors are not ours: {exc}") from exc
        self.stdout.write(_json(verdict) if options["json"] else _words(verdict))
        if not verdict.is_whole:
            raise CommandError(f"The chain is broken, first at row {min(f.seq for f in verdict.faults)}.")


def _json(verdict: Verdict) -> str:
    return json.dumps({"whole": verdict.is_whole, **dataclasses.asdict(verdict)})


def _words(verdict: Verdict) -> str:
    lines = [f"{verdict.rows:,} rows up to {verdict.last_seq:,}, {verdict.anchors:,} anchors"]
    lines += [f"row {fault.seq:,}: {fault.words}" for fault in verdict.faults]
    if not verdict.anchors:
        lines.append("No anchors: a chain that was cut at its end would not be noticed.")
    return "\n".join(lines)
