"""What the groups of the organisation's sign-in give here: plan a file, apply it, show what stands."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from observability.accounts import group_files, groups
from observability.core import origin
from observability.core.clock import now


class Command(BaseCommand):
    """`manage.py groups plan|apply FILE`, `manage.py groups show`."""

    help = (
        "Plan or apply a CSV file of what groups give (group,role,where,domain,classes), or show what stands."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        parser.add_argument("verb", choices=["plan", "apply", "show"])
        parser.add_argument("file", type=Path, nargs="?")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb; a file with refused lines is not applied."""
        at = now()
        where = group_files.Where.on(at.date())
        if options["verb"] == "show":
            for rule in groups.rules():
                self.stdout.write(f"{rule.group}: {where.words(rule.terms)}")
            return
        if options["file"] is None:
            raise CommandError("Name a file.")
        try:
            text = options["file"].read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandError(f"{options['file']} cannot be read.") from exc
        wanted, refused = group_files.read(text, where)
        for each in refused:
            self.stdout.write(f"refused line {each.line}: {each.column}")
        if refused:
            raise CommandError("Nothing was changed: mend the refused lines first.")
        if options["verb"] == "plan":
            self._show(groups.plan(wanted, at=at), where)
        else:
            self._show(groups.apply(wanted, at=at), where)
            self.stdout.write("Applied.")

    def _show(self, plan: groups.Plan, where: group_files.Where) -> None:
        for sign, rules in (("+", plan.added), ("-", plan.removed)):
            for rule in rules:
                self.stdout.write(f"{sign} {rule.group}: {where.words(rule.terms)}")
        for turn in plan.turns:
            for terms in turn.gains:
                self.stdout.write(f"{turn.user.username} gains {where.words(terms)}")
            for terms in turn.loses:
                self.stdout.write(f"{turn.user.username} loses {where.words(terms)}")
            for terms in turn.stays:
                self.stdout.write(
                    f"{turn.user.username} keeps {where.words(terms)}: nobody else administers it"
                )
        self.stdout.write(
            f"{len(plan.added)} rules added, {len(plan.removed)} removed, {len(plan.turns)} people concerned."
        )
