"""`manage.py demo`, what `bin/demo` runs: the whole product with a believable health system in it."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

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
        parser.add_argument("--no-traffic", action="store_true", help="start without sending anything")

    def handle(self, **options: Any) -> None:
        """Run until Ctrl-C."""
        if options["fresh"] and os.environ.get("DATABASE_URL"):
            raise SystemExit("--fresh deletes only our own data: unset DATABASE_URL, or leave --fresh out.")
        chosen = Options(data=options["data"], port=options["port"], fresh=options["fresh"])
        traffic = () if options["no_traffic"] else steps.TRAFFIC
        run(
            Installation(chosen, self.stdout.write),
            prepare=steps.PREPARE,
            traffic=[tuple(word.format(url=chosen.url) for word in command) for command in traffic],
            ready=_welcome(chosen.url),
        )


def _welcome(url: str) -> str:
    people = [f"  {role:<14} {name:<24} {password}" for role, name, password in steps.SIGN_INS]
    return "\n".join(
        ["", f"Ready: {url}", *(["Sign in as:", *people] if people else []), "Ctrl-C stops all of it."]
    )
