"""Who may see what, from the shell: the verbs of `/access/`, on record with the machine's account."""

import dataclasses
import getpass
import json
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from integrations.models import Facility, Place
from observability.accounts import adding, audit, granting, shown_access, switching
from observability.accounts.granting import Terms
from observability.accounts.models import Grant, User
from observability.accounts.people import grants
from observability.accounts.roles import USUAL_CLASSES, Domain, PrivacyClass, Role
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now

REFUSED: dict[type[Exception], str] = {
    adding.NameTaken: "Somebody has this user name, perhaps in other letters.",
    audit.ReasonTooShort: f"Give a reason of at least {audit.MIN_REASON} characters.",
    granting.LastAdministrator: "Nobody would be left to decide on access there. Give it to somebody first.",
    granting.AlreadyHeld: "They hold just this already.",
    switching.AlreadyOff: "They are switched off already.",
    switching.AlreadyOn: "They are switched on already.",
    granting.NoSuchPlace: "A grant names a facility, a region or a network that there is today.",
}

SWITCHES = {
    "switch-off": "let somebody in no more, and end their sessions",
    "switch-on": "let them in again",
}


class Command(BaseCommand):
    """`manage.py access add|list|give|withdraw|review|switch-off|switch-on`."""

    help = "Add people; list, give and withdraw grants, review them, and switch people off and on."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        added = verbs.add_parser("add", help="make an account with a password, which sees nothing yet")
        added.add_argument("person", help="the user name")
        added.add_argument("--name", default="", help="the name of the person")
        added.add_argument(
            "--password-stdin", action="store_true", help="read it there; else it is asked for"
        )
        added.add_argument("--reason", required=True)
        _said(verbs.add_parser("list", help="the standing grants")).add_argument("--person")
        _said(verbs.add_parser("review", help="the grants that ask for a look; on record"))
        give = _said(verbs.add_parser("give", help="give a grant"))
        give.add_argument("person")
        give.add_argument("role", choices=[role.value for role in Role])
        where = give.add_mutually_exclusive_group(required=True)
        where.add_argument("--at", metavar="CODE", help="of a facility, a region or a network")
        where.add_argument("--everywhere", action="store_true", help="also at later facilities")
        give.add_argument("--domain", choices=[domain.value for domain in Domain], help="else all of them")
        give.add_argument("--sensitive", action="store_true", help="also sensitive departments")
        give.add_argument("--workforce", action="store_true", help="also workforce data")
        give.add_argument("--until", type=date.fromisoformat, metavar="DAY", help="the last day")
        give.add_argument("--reason", required=True)
        withdraw = _said(verbs.add_parser("withdraw", help="end a grant by its number"))
        withdraw.add_argument("grant", type=int)
        withdraw.add_argument("--reason", required=True)
        for verb, what in SWITCHES.items():
            switch = _said(verbs.add_parser(verb, help=what))
            switch.add_argument("person")
            switch.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb and print what stands after it."""
        if options["verb"] == "add":
            self._add(options)
            return
        verb = getattr(self, f"_{options['verb'].replace('-', '_')}")
        try:
            with origin.of_this_shell(), transaction.atomic():
                rows = verb(options)
        except tuple(REFUSED) as exc:
            raise CommandError(REFUSED[type(exc)]) from exc
        if options["json"]:
            self.stdout.write(json.dumps(rows, default=str))
            return
        for row in rows:
            self.stdout.write(_line(row))
        if not rows:
            self.stdout.write("None.")

    @origin.of_this_shell()
    def _add(self, options: dict[str, Any]) -> None:
        password = _password(from_stdin=options["password_stdin"])
        who = {"username": options["person"], "name": options["name"], "reason": options["reason"]}
        try:
            made = adding.add(**who, password=password, at=now())
        except ValidationError as exc:
            raise CommandError(" ".join(exc.messages)) from exc
        except tuple(REFUSED) as exc:
            raise CommandError(REFUSED[type(exc)]) from exc
        self.stdout.write(f"{made} may sign in, and sees nothing before a grant: access give {made} ROLE …")

    def _list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return _shown(username=options["person"])

    def _review(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        audit.record(
            audit.Act.ACCESS_EXPORTED, user=None, object_type="access_review", object_id="", at=now()
        )
        return [row for row in _shown() if row["flags"]]

    def _give(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        to = _person(options["person"])
        given = granting.give(
            scope=Scope.system(), to=to, terms=_terms(options), by=None, reason=options["reason"], at=now()
        )
        return _shown(id=given.pk)

    def _withdraw(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        grant = Grant.objects.filter(pk=options["grant"], ended_at=None).first()
        if grant is None:
            raise CommandError("There is no standing grant of this number.")
        granting.end(scope=Scope.system(), grant=grant, by=None, reason=options["reason"], at=now())
        return _shown(id=grant.pk, ended=True)

    def _switch_off(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return _switched(switching.switch_off, options)

    def _switch_on(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        return _switched(switching.switch_on, options)


def _switched(switch: Callable[..., None], options: dict[str, Any]) -> list[dict[str, Any]]:
    """Switch somebody, and return what they hold."""
    of = _person(options["person"])
    switch(scope=Scope.system(), of=of, by=None, reason=options["reason"], at=now())
    return _shown(username=of.username)


def _password(*, from_stdin: bool) -> str:
    """Read a new password: a line of standard input, or twice from the terminal, where it is never shown."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            password = getpass.getpass("New password: ")
            again = getpass.getpass("Once more: ")
    except (getpass.GetPassWarning, EOFError) as exc:
        raise CommandError("There is no terminal to ask at: say --password-stdin.") from exc
    if password != again:
        raise CommandError("These are two different passwords.")
    return password


def _person(username: str) -> User:
    person = User.objects.filter(username=username).first()
    if person is None:
        raise CommandError("There is nobody of this user name.")
    return person


def _said(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("--json", action="store_true", help="print for a machine")
    return parser


def _terms(options: dict[str, Any]) -> Terms:
    facility_id, place_id = _where(options["at"])
    named = {each for each in (PrivacyClass.SENSITIVE, PrivacyClass.WORKFORCE) if options[each]}
    return Terms(
        role=Role(options["role"]),
        facility_id=facility_id,
        place_id=place_id,
        domain=Domain(options["domain"]) if options["domain"] else None,
        classes=USUAL_CLASSES | named,
        valid_to=options["until"],
    )


def _where(code: str | None) -> tuple[int | None, int | None]:
    """Return the facility or the place of a code, or neither, for everywhere; they share codes."""
    if code is None:
        return None, None
    facility = Facility.objects.filter(code=code).first()
    if facility is not None:
        return facility.pk, None
    place = Place.objects.filter(code=code, kind__in=("region", "network")).first()
    if place is None:
        raise granting.NoSuchPlace
    return None, place.pk


def _shown(**asked: Any) -> list[dict[str, Any]]:
    at = now()
    seen = (shown_access.seen(each, at) for each in grants(scope=Scope.system(), today=at.date(), **asked))
    return [
        {**dataclasses.asdict(row["grant"]), "where": row["where"], "flags": row["flags"]} for row in seen
    ]


def _line(row: dict[str, Any]) -> str:
    said = [str(row["id"]), row["username"], row["role"], row["where"], row["domain"] or "every domain"]
    if row["gives"]:
        said.append(f"today {', '.join(row['gives'])}")
    if row["valid_to"]:
        said.append(f"until {row['valid_to']}")
    if row["ended_at"]:
        said.append(f"ended {row['ended_at']:%Y-%m-%d}")
    return "  ".join([*said, *row["flags"]])
