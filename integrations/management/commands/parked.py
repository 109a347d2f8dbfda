"""Requests that were set aside after their last attempt: which there are, and another try for them."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from integrations.ingest.parked import unpark
from integrations.models import Connector, InboxParked


class Command(BaseCommand):
    """`manage.py parked list [--json]`, `manage.py parked retry [RECEIPT…]`."""

    help = "List the requests that were set aside, or let them be applied once more."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="what is set aside").add_argument("--json", action="store_true")
        retry = verbs.add_parser("retry", help="try these again, or all")
        retry.add_argument("receipt", nargs="*", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        if options["verb"] == "retry":
            given = unpark(options["receipt"] or None)
            self.stdout.write(f"{given} requests will be tried again.")
            return
        names = dict(Connector.objects.values_list("pk", "name"))
        rows = [
            {
                "receipt": str(row.pk),
                "connector": names.get(row.connector_id, ""),
                "parked_at": row.parked_at.isoformat(),
                "items": row.items,
                "code": row.code,
            }
            for row in InboxParked.objects.order_by("parked_at", "pk")
        ]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write("  ".join(str(value) for value in row.values()))
        self.stdout.write(f"{len(rows)} requests are set aside.")
