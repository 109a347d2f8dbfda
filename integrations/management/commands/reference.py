"""Reference data from the shell: plan a file, apply it, or write what is there."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.catalogue import register_files
from integrations.catalogue.reference_kinds import kinds
from integrations.reference import entities, timelines
from integrations.reference.exporting import exported
from integrations.reference.rows import shape
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now


class Command(BaseCommand):
    """`manage.py reference plan|apply|export FILE`; CSV or JSON."""

    help = "Plan or apply a file of reference data, or export it (.csv or .json)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        parser.add_argument("verb", choices=["plan", "apply", "export"])
        parser.add_argument("file", type=Path)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb; a file with refused rows is not applied."""
        file: Path = options["file"]
        if options["verb"] == "export":
            rows_out = exported()
            write = register_files.as_json if file.suffix == ".json" else register_files.as_csv
            file.write_text(write(rows_out, shape(kinds())), encoding="utf-8")
            self.stdout.write(f"{len(rows_out)} rows written.")
            return
        try:
            rows, refused = register_files.read(file.read_bytes(), shape(kinds()))
        except (OSError, register_files.Unreadable) as exc:
            raise CommandError(str(exc)) from exc
        at = now()
        plan = entities.plan_of(rows, scope=Scope.system(), today=at.date(), refusals=refused)
        self._show(plan)
        if options["verb"] == "apply":
            if plan.refusals:
                raise CommandError("Nothing was applied: mend the refused rows first.")
            entities.apply(plan.changes, scope=Scope.system(), user=None, at=at)
            self.stdout.write("Applied.")

    def _show(self, plan: entities.Plan) -> None:
        for change in plan.changes:
            self.stdout.write(f"{change.what} {change.kind} {change.code}")
            told = timelines.differences(timelines.read(change.before), timelines.read(change.after))
            for each in told if change.what != "added" else ():
                days = f"{each.first} to {each.last or 'open'}"
                self.stdout.write(
                    f"  {each.field}, {days}: {each.old or '(empty)'} -> {each.new or '(empty)'}"
                )
        for refusal in plan.refusals:
            self.stdout.write(f"refused row {refusal.number}: {refusal.code} {refusal.field}".rstrip())
        self.stdout.write(
            f"{len(plan.changes)} to change, {plan.unchanged} unchanged, {len(plan.refusals)} refused."
        )
