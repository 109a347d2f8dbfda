"""The register from the shell: plan a file, apply it, or write what is there."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.catalogue import register, register_files
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now


class Command(BaseCommand):
    """`manage.py catalogue plan|apply|export FILE`; CSV or JSON."""

    help = "Plan or apply a file of systems and interfaces, or export the register (.csv or .json)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        parser.add_argument("verb", choices=["plan", "apply", "export"])
        parser.add_argument("file", type=Path)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb; a file with refused rows is not applied."""
        file: Path = options["file"]
        if options["verb"] == "export":
            entries = register.everything_declared()
            write = register_files.as_json if file.suffix == ".json" else register_files.as_csv
            file.write_text(write(entries), encoding="utf-8")
            self.stdout.write(f"{len(entries)} entries written.")
            return
        try:
            rows, refused = register_files.read(file.read_bytes())
        except (OSError, register_files.Unreadable) as exc:
            raise CommandError(str(exc)) from exc
        plan = register.plan_of(rows, scope=Scope.system(), refusals=refused)
        self._show(plan)
        if options["verb"] == "apply":
            if plan.refusals:
                raise CommandError("Nothing was applied: mend the refused rows first.")
            register.apply(plan.changes, scope=Scope.system(), user=None, at=now())
            self.stdout.write("Applied.")

    def _show(self, plan: register.Plan) -> None:
        for change in plan.changes:
            self.stdout.write(f"{change.what} {change.sort} {change.code}")
            for name, (old, new) in change.fields.items():
                if change.what != "added":
                    self.stdout.write(f"  {name}: {old or '(empty)'} -> {new or '(empty)'}")
        for each in plan.refusals:
            self.stdout.write(f"refused row {each.number}: {each.code} {each.field}".rstrip())
        self.stdout.write(
            f"{len(plan.changes)} to change, {plan.unchanged} unchanged, {len(plan.refusals)} refused."
        )
