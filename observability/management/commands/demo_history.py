"""Post the past of the demonstration through the REST endpoints."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.retention.look import look
from observability.core import clock
from observability.demo.history import DAYS, catch_up, days_back, post_days
from observability.demo.live import RATES
from observability.demo.loaded import Loaded
from observability.demo.posting import NotPosted, Poster
from observability.demo.settled import is_settled
from observability.demo.system import database_name, keys_for_now
from observability.embedded.children import wait_until

SETTLE_SECONDS = 60


def add_options(parser: ArgumentParser) -> None:
    """Add what every command that posts for the demonstration takes."""
    parser.add_argument("--url", required=True, help="root of the server to post to")
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="where a note is kept")


class Command(BaseCommand):
    """`demo_history --url … --data …`: what was missed, then the days that are not there yet."""

    help = "Post the past of the demonstration, the newest days first; a day is posted once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Read where to post, and how many days."""
        add_options(parser)
        parser.add_argument("--days", type=int, default=DAYS, help="how many days (%(default)s)")

    def handle(self, **options: Any) -> None:
        """Post until all of it is committed."""
        now, started = clock.now(), time.monotonic()
        at = int(now.timestamp())
        loaded = Loaded.read(options["data"], database_name(), at)
        poster = Poster(options["url"], keys_for_now(now))
        try:
            catch_up(poster, loaded, at)
            post_days(poster, loaded, days_back(at, 0, options["days"]), self._tell)
            for beat in poster.beat(RATES):
                beat.result()
        except NotPosted as exc:
            raise CommandError(str(exc)) from None
        finally:
            poster.close()
        self._sum_up(poster, time.monotonic() - started)
        if wait_until(is_settled, seconds=SETTLE_SECONDS, every=0.5):
            self.stdout.write(f"All of it can be seen after {time.monotonic() - started:.0f} s")
            look(at=clock.now())  # the hourly one came before the data: it knows sizes and pace of nothing
        else:
            self.stdout.write("Some of it is still being worked on")

    def _tell(self, done: int, of: int) -> None:
        if done in (1, of) or done % 5 == 0:
            self.stdout.write(f"Posting the past: {done} of {of} days")

    def _sum_up(self, poster: Poster, seconds: float) -> None:
        self.stdout.write(f"Posted {poster.tally.posted:,} items in {seconds:.0f} s")
        for code, count in sorted(poster.tally.rejected.items()):
            self.stdout.write(f"  refused: {code} {count:,}")
