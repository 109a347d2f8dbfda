"""The crosswalk from the shell: what codes mean, what is not mapped, and files of mappings."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from integrations.models import CodeMeaning
from integrations.reference.crosswalk import meant
from observability.accounts import audit
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now
from tracing import mapping_files, mapping_plans
from tracing.mapping_files import COLUMNS, CannotRead, change_of
from tracing.queries.unmapped import unmapped
from tracing.storage import remap, remap_plan
from tracing.storage.remap_plan import Change, Plan
from tracing.storage.unmapped import count_unmapped

MOST_EXPORTED = 1_000_000


class Command(BaseCommand):
    """`manage.py crosswalk list|unmapped|map|end|plan|apply|export`."""

    help = "Say what the codes of other authorities mean, and see first what that moves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list")
        verbs.add_parser("unmapped")
        for verb in ("map", "end"):
            one = verbs.add_parser(verb)
            for name in ("kind", "authority", "code", *(("target",) if verb == "map" else ())):
                one.add_argument(name)
            one.add_argument("--from", default="", metavar="DAY")
            one.add_argument("--to", default="", metavar="DAY")
            one.add_argument("--owner", default="")
            one.add_argument("--reason", required=True)
            one.add_argument("--dry-run", action="store_true")
        for verb in ("plan", "apply", "export"):
            verbs.add_parser(verb).add_argument("file", type=Path)

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb; a file with refused rows is not applied."""
        if options["verb"] == "list":
            self._list()
        elif options["verb"] == "unmapped":
            self._unmapped()
        elif options["verb"] == "export":
            self._export(options["file"])
        elif options["verb"] in ("map", "end"):
            try:
                change = change_of({"target": "", **{name: options.get(name) for name in COLUMNS}})
            except CannotRead as exc:
                raise CommandError(str(exc)) from exc
            self._run([change], apply=not options["dry_run"])
        else:
            self._file(options["file"], apply=options["verb"] == "apply")

    def _list(self) -> None:
        found = CodeMeaning.objects.filter(superseded_at=None).select_related("code")
        for each in found.order_by("code__kind", "code__authority", "code__code", "valid_from"):
            code, until = each.code, each.valid_to or "…"
            said = f"{code.kind} {code.authority} {code.code}: {meant(each)}, {each.valid_from} to {until}"
            self.stdout.write(f"{said} ({code.owner or 'no owner'})")

    def _export(self, file: Path) -> None:
        rows = mapping_files.rows_in(scope=Scope.system(), limit=MOST_EXPORTED)
        form = "json" if file.suffix.lower() == ".json" else "csv"
        file.write_text(mapping_files.written(rows, form), encoding="utf-8")
        self.stdout.write(f"{len(rows)} written.")

    def _unmapped(self) -> None:
        count_unmapped(now())
        for row in unmapped(scope=Scope.system()):
            money = f", {row.amount:,.2f} {settings.CURRENCY}" if row.amount is not None else ""
            said = f"{row.kind} {row.authority} {row.code} at {row.facility}"
            self.stdout.write(f"{said}: {row.transactions:,} {row.workflow}{money}")

    def _file(self, file: Path, *, apply: bool) -> None:
        try:
            rows = mapping_files.read(file.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, CannotRead) as exc:
            raise CommandError(str(exc)) from exc
        plan = mapping_plans.plan_of(rows, scope=Scope.system())
        for each in plan.refusals:
            self.stdout.write(f"refused row {each.number}: {mapping_files.REFUSED[each.code]}")
        if apply and plan.refusals:
            raise CommandError("Nothing was applied: mend the refused rows first.")
        self._run(mapping_plans.said_of(plan.changes, scope=Scope.system()), apply=apply)

    def _run(self, changes: list[Change], *, apply: bool) -> None:
        at = now()
        for change in changes:
            self._show(change, remap_plan.plan(change, at=at))
        if apply:
            with transaction.atomic(), audit.together():
                done = [remap.decide(change, by=None, at=at) for change in changes]
            self.stdout.write(f"{sum(each is not None for each in done)} changed. Rows move by themselves.")

    def _show(self, change: Change, plan: Plan) -> None:
        named = change.named
        same = "" if plan.changes else ": as it is"
        self.stdout.write(f"{named.kind} {named.authority} {named.code}{same}")
        for each in plan.moving:
            money = f", {each.amount:,.2f} {settings.CURRENCY}" if each.amount is not None else ""
            ways = f"{each.was or 'none'} -> {each.now or 'none'}"
            count = f"{each.transactions:,} {each.workflow} ({each.events:,} events){money}"
            self.stdout.write(f"  {ways}: {count}")
        if plan.wordless:
            self.stdout.write(f"  {mapping_files.stays(plan.wordless)}")
