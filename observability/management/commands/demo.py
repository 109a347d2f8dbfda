"""`manage.py demo`, what `bin/demo` runs: the whole product with a believable health system in it."""

import os
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand

from observability import env
from observability.demo import steps
from observability.embedded.installation import Installation, Options
from observability.management.commands.up import add_options, run


class Command(BaseCommand):
    """Start everything, fill it, keep traffic flowing, say where to look."""

    help = "Run the demo; Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read what `bin/demo --help` lists."""
        add_options(parser)
        parser.add_argument("--fresh", action="store_true", help="forget the data of earlier starts")
        parser.add_argument("--no-traffic", action="store_true", help="post the past and nothing after it")

    def handle(self, **options: Any) -> None:
        """Run until Ctrl-C."""
        if options["fresh"] and env.text("DATABASE_URL", ""):
            raise SystemExit("--fresh deletes only our own data: unset DATABASE_URL, or leave --fresh out.")
        os.environ["THROUGHLINE_DEMO"] = "true"
        # Whoever looks in the first minute should not see the board of an empty house.
        os.environ.setdefault("THROUGHLINE_KPI_SNAPSHOT_SECONDS", "5")
        os.environ.setdefault("THROUGHLINE_KPI_OLD_BUCKET_SECONDS", "0")
        os.environ.setdefault("THROUGHLINE_FOLLOW_UP_SHARE", "1")
        chosen = Options(data=options["data"], port=options["port"], fresh=options["fresh"])
        run(
            Installation(chosen, self.stdout.write),
            prepare=steps.PREPARE,
            fill=_filled(steps.FILL, chosen),
            traffic=() if options["no_traffic"] else _filled(steps.TRAFFIC, chosen),
            ready=_welcome(chosen.url),
        )


def _filled(commands: Sequence[Sequence[str]], chosen: Options) -> list[tuple[str, ...]]:
    """Put the address and the folder into the words of commands."""
    known = {"url": chosen.url, "data": str(chosen.data)}
    return [tuple(word.format_map(known) for word in command) for command in commands]


def _welcome(url: str) -> str:
    people = [f"  {role:<14} {name:<24} {password}" for role, name, password in steps.SIGN_INS]
    return "\n".join(
        ["", f"Ready: {url}", *(["Sign in as:", *people] if people else []), "Ctrl-C stops all of it."]
    )
