"""The organisation's own sign-in from the shell: try it, list who came by it, tie an account to a subject."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.accounts import audit
from observability.accounts.models import OutsideIdentity, User
from observability.accounts.oidc import linking
from observability.accounts.oidc.provider import Unusable, is_on, provider
from observability.core import origin
from observability.core.clock import now

REFUSED = {
    audit.ReasonTooShort: f"Give a reason of at least {audit.MIN_REASON} characters.",
    linking.Taken: "This subject is somebody here already: unlink it first.",
    linking.NotLinked: "This subject is nobody here.",
}


class Command(BaseCommand):
    """`manage.py oidc check|list`, `link NAME SUBJECT --reason`, `unlink SUBJECT --reason`."""

    help = (
        "Try the organisation's own sign-in, list who came by it, link an account to a subject or unlink it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("check", help="ask the provider for its description and its keys")
        verbs.add_parser("list", help="who came by the provider, and when last")
        link = verbs.add_parser("link", help="let a subject be somebody who has an account here")
        link.add_argument("name")
        unlink = verbs.add_parser("unlink", help="let a subject be nobody here")
        for each in (link, unlink):
            each.add_argument("subject")
            each.add_argument("--reason", required=True)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        if not is_on():
            raise CommandError("There is no provider: see THROUGHLINE_OIDC_ISSUER in docs/settings.md.")
        if options["verb"] == "check":
            self._check()
        elif options["verb"] == "list":
            self._list()
        else:
            self._change(options)

    def _check(self) -> None:
        try:
            found = provider()
        except Unusable as exc:
            raise CommandError("The provider cannot be reached, or describes another issuer.") from exc
        self.stdout.write(f"{found.issuer}: {len(found.keys)} keys.")
        self.stdout.write(f"People are sent to {found.authorize_url}; tokens come from {found.token_url}.")

    def _list(self) -> None:
        for each in OutsideIdentity.objects.select_related("user").order_by("user__username", "pk"):
            came = f"{each.last_at:%Y-%m-%d %H:%M} UTC"
            groups = ", ".join(each.groups) or "no groups"
            self.stdout.write(f"{each.user.username}: {each.subject} at {each.issuer}, {came}, {groups}")

    def _change(self, options: dict[str, Any]) -> None:
        said = {"subject": options["subject"], "reason": options["reason"], "at": now()}
        try:
            if options["verb"] == "unlink":
                linking.unlink(**said)
            else:
                user = User.objects.filter(username=options["name"]).first()
                if user is None:
                    raise CommandError("There is nobody of this name here.")
                linking.link(user=user, **said)
        except tuple(REFUSED) as exc:
            raise CommandError(REFUSED[type(exc)]) from exc
        self.stdout.write("Done.")
