"""Make facts, keys and phases again from the events that are kept."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from integrations.ingest.records import micros
from integrations.models import Connector, Credential
from observability.core.clock import now
from tracing.storage.refold import Selection, refold


class Command(BaseCommand):
    """`manage.py refold`: by transactions, connector, key, workflow or time."""

    help = "Fold stored events again: after a quarantine, a new table of codes or a new workflow version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Each option narrows what is folded again; without any, everything is."""
        parser.add_argument("--transaction", action="append", type=UUID, metavar="ID")
        parser.add_argument("--connector", metavar="NAME")
        parser.add_argument("--credential", metavar="PREFIX", help="the part of the key before the dot")
        parser.add_argument("--workflow", metavar="NAME")
        parser.add_argument("--since", type=datetime.fromisoformat, metavar="TIME", help="ISO 8601 with zone")
        parser.add_argument("--until", type=datetime.fromisoformat, metavar="TIME", help="ISO 8601 with zone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fold and say how many events it was."""
        for name in ("since", "until"):
            if options[name] is not None and options[name].tzinfo is None:
                raise CommandError(f"--{name} needs a zone, such as 2026-03-02T00:00:00Z")
        selection = Selection(
            transactions=tuple(options["transaction"]) if options["transaction"] else None,
            connector_id=self._pk(Connector, "name", options["connector"]),
            credential_id=self._pk(Credential, "prefix", options["credential"]),
            workflow=options["workflow"],
            since=options["since"],
            until=options["until"],
        )
        total = refold(selection, at=micros(now()))
        self.stdout.write(f"{total} events folded again.")

    def _pk(self, model: type[Connector] | type[Credential], field: str, value: str | None) -> int | None:
        if value is None:
            return None
        found = model.objects.filter(**{field: value}).first()
        if found is None:
            raise CommandError(f"There is no {model._meta.verbose_name} {value}.")
        return found.pk
