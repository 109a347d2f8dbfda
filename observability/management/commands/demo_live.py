"""Keep the demonstration talking."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.core import clock
from observability.demo.history import BEHIND, DAYS, days_back
from observability.demo.live import TICK_SECONDS, Live
from observability.demo.loaded import Loaded
from observability.demo.posting import NotPosted, Poster
from observability.demo.system import database_name, keys_for_now
from observability.management.commands.demo_history import add_options


class Command(BaseCommand):
    """`demo_live --url … --data …`: runs until it is stopped."""

    help = "Post what falls due and a trickle beside it; older days first come in behind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read where to post."""
        add_options(parser)

    def handle(self, **options: Any) -> None:
        """Post a little every two seconds. Ends with an error when the server stays away."""
        now = clock.now()
        at = int(now.timestamp())
        loaded = Loaded.read(options["data"], database_name(), at)
        poster = Poster(options["url"], keys_for_now(now))
        live = Live(poster, loaded, at, days_back(at, DAYS, DAYS + BEHIND))
        try:
            while True:
                live.tick(int(clock.now().timestamp()))
                time.sleep(TICK_SECONDS)
        except NotPosted as exc:
            raise CommandError(str(exc)) from None
        finally:
            poster.close()
