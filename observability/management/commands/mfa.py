"""`manage.py mfa`: second factors from the installation's own shell, for when nobody can sign in."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.accounts import audit
from observability.accounts.factors import changing, policy
from observability.accounts.factors.kept import has_factor
from observability.accounts.models import User
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now


class Command(BaseCommand):
    """`manage.py mfa reset NAME --reason WORDS | status [--json]`."""

    help = "Reset somebody's second factors, or say who has to have one and has none; see docs/sign-in.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        reset = verbs.add_parser("reset", help="take all factors from somebody, and end their sessions")
        reset.add_argument("username", metavar="NAME")
        reset.add_argument("--reason", required=True, help="why, and who asked; kept in the audit")
        status = verbs.add_parser("status", help="who has to have a second factor and has none")
        status.add_argument("--json", action="store_true")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        getattr(self, f"_{options['verb']}")(options)

    def _reset(self, options: dict[str, Any]) -> None:
        of = User.objects.filter(username=options["username"]).first()
        if of is None:
            raise CommandError("There is nobody of this name.")
        try:
            changing.reset(scope=Scope.system(), of=of, by=None, reason=options["reason"], at=now())
        except audit.ReasonTooShort as exc:
            raise CommandError(f"Give a reason of at least {audit.MIN_REASON} characters.") from exc
        except changing.NothingToReset as exc:
            raise CommandError("They have no second factor.") from exc
        self.stdout.write("Their second factors are gone, and so are their sessions. It is on record.")

    def _status(self, options: dict[str, Any]) -> None:
        at, people = now(), User.objects.filter(is_active=True).order_by("username")
        missing = [
            each.username for each in people if policy.demands(each.pk, at) and not has_factor(each.pk)
        ]
        demanding = sorted(policy.roles())
        if options["json"]:
            self.stdout.write(json.dumps({"roles": demanding, "missing": missing}))
            return
        self.stdout.write(f"Roles that demand a second factor: {', '.join(demanding) or 'none'}")
        self.stdout.write(f"Have to add one at their next sign-in: {', '.join(missing) or 'nobody'}")
