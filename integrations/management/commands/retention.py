"""`manage.py retention`: what is due, how large it will be, which holds stand; and purge now."""

import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.catalogue import retention
from integrations.models import PurgeRun, RetentionLook
from integrations.queries.retention import HoldSeen, holds_in
from integrations.retention.look import look
from integrations.retention.run import purge
from integrations.retention.shelves import SHELVES
from integrations.retention.words import title_of, volume
from observability.accounts.scopes import Scope
from observability.core import origin
from observability.core.clock import now

LONGEST = timedelta(days=1)  # a purge that somebody waits for


class Command(BaseCommand):
    """Look at what is due (`plan`, `forecast`), list holds, or purge now (`run`)."""

    help = "Say what retention would purge now, how large each class will be, which holds stand; or purge."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the verbs."""
        parser.add_argument("verb", choices=["plan", "forecast", "holds", "run"])
        parser.add_argument("--class", dest="classes", action="append", choices=sorted(SHELVES), default=None)
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    @origin.of_this_shell()
    def handle(self, *args: Any, **options: Any) -> None:
        """Run one verb."""
        try:
            verb = getattr(self, f"_{options['verb']}")
            said, lines = verb(options["classes"])
        except retention.BadPolicy as exc:
            raise CommandError(f"Retention: {exc}.") from exc
        self.stdout.write(json.dumps(said, default=str) if options["json"] else "\n".join(lines))

    def _plan(self, classes: list[str] | None) -> tuple[object, list[str]]:
        seen = look(at=now())
        chosen = _chosen(seen, classes)
        lines = [f"Policy {seen.policy}, counted {seen.at:%Y-%m-%d %H:%M:%S} UTC. Nothing was touched."]
        for name, each in chosen.items():
            kept = sum(each["held"].values())
            due = "not counted in time" if each["due_rows"] is None else f"{each['due_rows']:,} rows due"
            more = " or more" if each["counted_to"] is not None else ""
            size = f", about {volume(each['due_bytes'])}" if each["due_rows"] else ""
            days = f", {each['due_partitions']} whole days" if each["due_partitions"] else ""
            held = f"; {kept:,} held by {len(each['held'])} holds" if kept else ""
            lines.append(f"{name} ({retention.policies()[name].days} days): {due}{more}{days}{size}{held}")
        return {"at": seen.at, "policy": seen.policy, "classes": chosen}, lines

    def _forecast(self, classes: list[str] | None) -> tuple[object, list[str]]:
        seen = look(at=now())
        chosen = _chosen(seen, classes)
        lines = [f"Counted {seen.at:%Y-%m-%d %H:%M:%S} UTC, at the pace of the last whole week."]
        for name, each in chosen.items():
            ahead = each["ahead"] or {}
            later = ", ".join(f"{volume(size)} in {days} days" for days, size in ahead.items())
            lines.append(
                f"{name}: {volume(each['size'])} now, {volume(each['per_day'])} a day, {later or 'not known'}"
            )
        lines.append(f"everything else: {volume(seen.other_bytes)}")
        return {"at": seen.at, "other_bytes": seen.other_bytes, "classes": chosen}, lines

    def _holds(self, classes: list[str] | None) -> tuple[object, list[str]]:
        holds = holds_in(scope=Scope.system())
        return [_told(hold) for hold in holds], [_line(hold) for hold in holds] or ["No legal hold."]

    def _run(self, classes: list[str] | None) -> tuple[object, list[str]]:
        ended = purge(
            at=now(), seconds=LONGEST.total_seconds(), clock=now, forced=True, classes=classes or None
        )
        if not ended:
            raise CommandError("Another purge is under way, or locks were in its way: it goes on by itself.")
        said = [{"class": run.data_class, "counts": run.counts, "audit_row": run.audit_seq} for run in ended]
        return said, [_ended(run) for run in ended]


def _chosen(seen: RetentionLook, classes: list[str] | None) -> dict[str, Any]:
    return {name: each for name, each in seen.classes.items() if not classes or name in classes}


def _ended(run: PurgeRun) -> str:
    took = ", ".join(f"{n:,} {table}" for table, n in sorted(run.counts.items()))
    proof = f"; audit row {run.audit_seq}, sha256 {run.digest[:12]}" if run.audit_seq else ""
    return f"{run.data_class}: {took or 'nothing was due'}{proof}"


def _told(hold: HoldSeen) -> dict[str, object]:
    return {
        "id": hold.id,
        "name": hold.name,
        "class": hold.data_class or None,
        "facility": hold.facility,
        "connector": hold.connector,
        "transactions": len(hold.transaction_ids or ()),
        "since": hold.since,
        "until": hold.until,
        "placed_at": hold.placed_at,
        "placed_by": hold.placed_by,
        "asked_by": hold.asked_by,
        "lifted_by": hold.lifted_by,
        "lifted_at": hold.lifted_at,
    }


def _line(hold: HoldSeen) -> str:
    state = f"lifted {hold.lifted_at:%Y-%m-%d}" if hold.lifted_at else "stands"
    return f"{hold.id} {hold.name}: {title_of(hold.data_class)}, {state}, placed by {hold.placed_by}"
