"""Connectors and their keys, from the shell: create, rotate, revoke, list."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.ingest.credentials import (
    CredentialError,
    Issued,
    connector_named,
    create_connector,
    issue_key,
    quarantine_key,
    revoke_keys,
)
from integrations.models import Connector, Credential
from integrations.models.connector import SIGNALS
from observability.core import clock, origin


class Command(BaseCommand):
    """`connector create NAME --facility CODE`, and `rotate`, `revoke`, `quarantine` and `list`."""

    help = "Create connectors and their keys, rotate and revoke keys. A key is shown once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the four verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        create = _verb(verbs.add_parser("create", help="make a connector and its first key"))
        create.add_argument("--facility", action="append", required=True, metavar="CODE")
        create.add_argument("--signal", action="append", choices=SIGNALS)
        _verb(verbs.add_parser("rotate", help="give it one more key; at most two are live"))
        revoke = _verb(verbs.add_parser("revoke", help="revoke one key, or all"))
        revoke.add_argument("--key", metavar="PREFIX")
        quarantine = _verb(verbs.add_parser("quarantine", help="leave out what a stolen key said"))
        quarantine.add_argument("--key", required=True, metavar="PREFIX")
        quarantine.add_argument("--lift", action="store_true", help="count it again")
        verbs.add_parser("list", help="connectors and their keys").add_argument("--json", action="store_true")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        try:
            told, lines = getattr(self, f"_{options['verb']}")(options)
        except CredentialError as exc:
            raise CommandError(str(exc)) from exc
        if options["json"]:
            self.stdout.write(json.dumps(told))
        else:
            for line in lines:
                self.stdout.write(line)

    def _create(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        signals = options["signal"] or SIGNALS
        return _issued(create_connector(options["name"], options["facility"], clock.now(), signals=signals))

    def _rotate(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        return _issued(issue_key(connector_named(options["name"]), clock.now()))

    def _revoke(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        prefixes = revoke_keys(connector_named(options["name"]), clock.now(), prefix=options["key"])
        told = {"connector": options["name"], "revoked": prefixes}
        return told, [f"Revoked {', '.join(prefixes)}: refused everywhere within five seconds."]

    def _quarantine(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        connector = connector_named(options["name"])
        key = quarantine_key(connector, clock.now(), prefix=options["key"], lift=options["lift"])
        told = {"connector": connector.name, "key": key.prefix, "quarantined": not options["lift"]}
        state = "counts again" if options["lift"] else "is left out"
        return told, [f"What {key.prefix} said {state} after: manage.py refold --credential {key.prefix}"]

    def _list(self, options: dict[str, Any]) -> tuple[Any, list[str]]:
        told = [_described(one) for one in Connector.objects.order_by("name").select_related("facility")]
        lines = [
            f"{one['name']}  {', '.join(one['facilities'])}  keys: {', '.join(one['keys']) or 'none'}"
            for one in told
        ]
        return told, lines or ["No connectors yet."]


def _verb(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("name")
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _issued(issued: Issued) -> tuple[dict[str, Any], list[str]]:
    told = {
        "connector": issued.connector.name,
        "key": issued.key,
        "prefix": issued.prefix,
        "revoked": list(issued.revoked),
    }
    lines = [f"Key of {issued.connector.name}, shown this once:", "", f"  {issued.key}", ""]
    if issued.revoked:
        lines.append(f"Two keys may live; {', '.join(issued.revoked)} is revoked.")
    return told, lines


def _described(connector: Connector) -> dict[str, Any]:
    live = Credential.objects.filter(connector=connector, revoked_at=None).order_by("created_at")
    return {
        "name": connector.name,
        "facilities": list(connector.facilities.order_by("code").values_list("code", flat=True)),
        "signals": list(connector.signals),
        "keys": list(live.values_list("prefix", flat=True)),
        "retired": connector.retired_at is not None,
    }
