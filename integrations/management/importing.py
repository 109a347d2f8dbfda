"""Import files from the shell: plan a file, apply it, or write what is there."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Generic

from django.core.management.base import BaseCommand, CommandError

from integrations.catalogue import register_files
from integrations.catalogue.importing import Import
from integrations.catalogue.plans import ChangeT
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now


class ImportCommand(BaseCommand, Generic[ChangeT]):
    """`manage.py NAME plan|apply|export FILE`; CSV or JSON."""

    what: Import[ChangeT]
    noun: ClassVar[str]  # what an export is made of, in the plural

    def told(self, change: ChangeT) -> Iterable[str]:
        """Return a line for the entry and one for each field that becomes something else."""
        raise NotImplementedError

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        parser.add_argument("verb", choices=["plan", "apply", "export"])
        parser.add_argument("file", type=Path)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb; a file with refused rows is not applied."""
        file: Path = options["file"]
        if options["verb"] == "export":
            self._export(file)
            return
        at = now()
        try:
            plan = self.what.plan(file.read_bytes(), scope=Scope.system(), today=at.date())
        except (OSError, register_files.Unreadable) as exc:
            raise CommandError(str(exc)) from exc
        for change in plan.changes:
            for line in self.told(change):
                self.stdout.write(line)
        for each in plan.refusals:
            self.stdout.write(f"refused row {each.number}: {each.code} {each.field}".rstrip())
        self.stdout.write(
            f"{len(plan.changes)} to change, {plan.unchanged} unchanged, {len(plan.refusals)} refused."
        )
        if options["verb"] == "apply":
            if plan.refusals:
                raise CommandError("Nothing was applied: mend the refused rows first.")
            self.what.apply(plan.changes, scope=Scope.system(), user=None, at=at)
            self.stdout.write("Applied.")

    def _export(self, file: Path) -> None:
        entries = self.what.exported()
        form = "json" if file.suffix == ".json" else "csv"
        file.write_text(self.what.files().written(entries, form), encoding="utf-8")
        self.stdout.write(f"{len(entries)} {self.noun} written.")
