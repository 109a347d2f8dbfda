"""Make the health system of the demonstration, and its people."""

from io import StringIO
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from observability.core import clock
from observability.demo.hierarchy import make_hierarchy
from observability.demo.system import declare_systems, make_facilities


class Command(BaseCommand):
    """`demo_system`: facilities, their hierarchy, crosswalk, register and people; safe to run again."""

    help = "Make the facilities and people of the demonstration. Only where THROUGHLINE_DEMO is on."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make or mend them. Sign-ins are printed once the demonstration is ready, so not here."""
        make_facilities(clock.now())
        make_hierarchy(clock.now())
        declare_systems()
        call_command("demo_users", stdout=StringIO())
