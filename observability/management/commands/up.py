"""`manage.py up`: run the whole product on this machine, servers included."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from observability.embedded.discovery import var
from observability.embedded.installation import Installation, Options
from observability.embedded.problems import EmbeddedError
from observability.embedded.supervisor import Stop


def add_options(parser: ArgumentParser) -> None:
    """Add what every start of the whole product understands."""
    parser.add_argument("--port", type=int, default=8000, help="the port to answer on (8000)")
    parser.add_argument(
        "--data", type=_folder, metavar="DIR", default=var(), help="where data is kept (var/)"
    )


def _folder(said: str) -> Path:
    """Return a folder as it is meant here: what we start works in another one."""
    return Path(said).absolute()


class Command(BaseCommand):
    """Start database, broker, web, workers and beat, and keep them running."""

    help = "Run the whole product here; DATABASE_URL and REDIS_URL, where set, name servers to use instead."
    # Its children check; here nothing runs yet that could be checked.
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read the port and the folder."""
        add_options(parser)

    def handle(self, **options: Any) -> None:
        """Run until a signal asks to stop."""
        run(Installation(Options(data=options["data"], port=options["port"]), self.stdout.write))


def run(
    installation: Installation, *, prepare: Any = (), fill: Any = (), traffic: Any = (), ready: str = ""
) -> None:
    """Start, say `ready`, keep running until asked to stop, then stop all of it.

    `prepare` and `fill` are management commands run to their end, before and after the product answers;
    `traffic` are kept running.
    """
    try:
        installation.start(prepare)
        for command in fill:
            installation.manage(*command)
        for command in traffic:
            installation.keep(*command)
        installation.say(ready or f"Ready on {installation.options.url}")
        installation.supervisor.run()
    except EmbeddedError as exc:
        raise SystemExit(str(exc)) from None
    except Stop:
        installation.say("Stopping")
    finally:
        installation.stop()
