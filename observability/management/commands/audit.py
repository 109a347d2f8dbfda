"""`manage.py audit`: is the audit chain whole; write an anchor of it; erase the words of one row."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.accounts import anchors, audit
from observability.accounts.verifying import Verdict, verify
from observability.auditing import erasing
from observability.core import origin
from observability.core.clock import now


class Command(BaseCommand):
    """`manage.py audit verify [--json] | anchor | erase ROW --reason WORDS`."""

    help = (
        "Verify the audit chain against its keys and anchors, write an anchor, or erase the words of a row."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        found = verbs.add_parser("verify", help="walk the chain; exit code 1 where something is wrong")
        found.add_argument("--json", action="store_true", help="answer as one JSON object")
        verbs.add_parser("anchor", help="write its end down now")
        erase = verbs.add_parser("erase", help="take reason and changes from one row, for good and on record")
        erase.add_argument("row", type=int)
        erase.add_argument("--reason", required=True, help="why, and who asked; kept in the audit")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        getattr(self, f"_{options['verb']}")(options)

    def _anchor(self, options: dict[str, Any]) -> None:
        written = anchors.write_anchor(now())
        self.stdout.write(f"Written: row {written.seq}" if written else "Nothing new to write")

    def _verify(self, options: dict[str, Any]) -> None:
        try:
            verdict = verify(anchors.read_anchors())
        except anchors.BadAnchor as exc:
            raise CommandError(f"The anchors are not ours: {exc}") from exc
        self.stdout.write(_json(verdict) if options["json"] else _words(verdict))
        if not verdict.is_whole:
            raise CommandError(f"The chain is broken, first at row {min(f.seq for f in verdict.faults)}.")

    def _erase(self, options: dict[str, Any]) -> None:
        try:
            erasing.erase_words(options["row"], reason=options["reason"], at=now())
        except audit.ReasonTooShort as exc:
            raise CommandError(f"Give a reason of at least {audit.MIN_REASON} characters.") from exc
        except erasing.NoWords as exc:
            raise CommandError("There is no such row, or it says nothing in words any more.") from exc
        except erasing.Held as exc:
            raise CommandError("A legal hold keeps this row.") from exc
        self.stdout.write("Its reason and its changes are gone. A row of its own says so.")


def _json(verdict: Verdict) -> str:
    return json.dumps({"whole": verdict.is_whole, **dataclasses.asdict(verdict)})


def _words(verdict: Verdict) -> str:
    lines = [f"{verdict.rows:,} rows up to {verdict.last_seq:,}, {verdict.anchors:,} anchors"]
    lines += [f"{verdict.erased:,} without their words, each erased on record"] if verdict.erased else []
    lines += [f"row {fault.seq:,}: {fault.words}" for fault in verdict.faults]
    if not verdict.anchors:
        lines.append("No anchors: a chain that was cut at its end would not be noticed.")
    return "\n".join(lines)
