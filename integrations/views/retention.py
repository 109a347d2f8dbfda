"""How long data is kept, what is due, what holds keep, how large it will be, and the proof of what went."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from integrations.catalogue import retention
from integrations.catalogue.retention import Policy
from integrations.models import RetentionLook
from integrations.queries.connectors import senders_in
from integrations.queries.facilities import facilities_in
from integrations.queries.retention import HoldSeen, RunSeen, holds_in, runs_of
from integrations.retention.forecast import AHEAD_DAYS
from integrations.retention.run import last_start
from integrations.retention.words import title_of, volume
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core import display
from observability.core.clock import now

Context = dict[str, Any]
ZONE = "UTC"  # of an installation, which has facilities in several


@require(Permission.SEE_RETENTION)
@require_GET
def page(request: PersonRequest) -> HttpResponse:
    """Show policy, what is due, forecast, holds and the last purges."""
    return shown(request)


def shown(
    request: PersonRequest, *, said: Mapping[str, str] | None = None, error: str = "", where: str = ""
) -> HttpResponse:
    """Render the page; `said` is a form that was refused for the reason `error`."""
    at = now()
    scope = request.scope.to(Permission.SEE_RETENTION)
    look = RetentionLook.objects.order_by("-day").first()
    classes = look.classes if look else {}
    holds = holds_in(scope=scope)
    manages = request.scope.allows(Permission.MANAGE_HOLDS)
    context = {
        "at": at,
        "zone": ZONE,
        "looked_at": look.at if look else None,
        "policy": retention.version(),
        "headline": _headline(classes, holds),
        "figures": _figures(look, at),
        "classes": [_class(policy, classes.get(name)) for name, policy in retention.policies().items()],
        "other": volume(look.other_bytes) if look else "",
        "ahead": AHEAD_DAYS,
        "holds": [_hold(hold, classes, request) for hold in holds],
        "runs": [_run(run) for run in runs_of(scope=scope)],
        "manages": manages,
        "form": _form(request, said or {}) if manages else None,
        "error": error,
        "where": where,
    }
    return render(request, "integrations/retention.html", {"page": context}, status=422 if error else 200)


def _headline(classes: Mapping[str, Context], holds: list[HoldSeen]) -> str:
    standing = sum(hold.lifted_at is None for hold in holds)
    said = (
        "No legal hold stands" if not standing else _many(standing, "legal hold stands", "legal holds stand")
    )
    if not classes:
        return f"{said}; nothing was counted yet."
    due = sum(each["due_rows"] or 0 for each in classes.values())
    return f"{said}; {'nothing is due' if not due else _many(due, 'row is due', 'rows are due')}."


def _many(n: int, one: str, more: str) -> str:
    return f"{display.number(n)} {one if n == 1 else more}"


def _figures(look: RetentionLook | None, at: datetime) -> list[Context]:
    following = last_start(at) + timedelta(days=1)
    figures: list[Context] = []
    if look:
        classes = look.classes.values()
        whole = sum(each["size"] for each in classes) + look.other_bytes
        known = [each["ahead"] for each in classes if each["ahead"]]
        year = sum(ahead[str(AHEAD_DAYS[-1])] for ahead in known) + look.other_bytes
        left_out = len(look.classes) - len(known)
        note = "with what is kept in other tables"
        figures = [
            {"label": "Size now", "value": volume(whole), "note": note},
            {
                "label": "In a year",
                "value": volume(year),
                "note": f"{left_out} classes not known" if left_out else "at this week's pace",
            },
            {
                "label": "Due now",
                "value": volume(sum(each["due_bytes"] or 0 for each in classes)),
                "note": "estimated",
            },
            {
                "label": "Held back",
                "value": sum(sum(each["held"].values()) for each in classes),
                "kind": "number",
                "note": "rows that are due, once for each hold",
            },
        ]
    figures.append({"label": "Next purge begins", "value": following, "kind": "moment", "note": ""})
    return figures


def _class(policy: Policy, looked: Context | None) -> Context:
    row: Context = {
        "title": policy.title,
        "days": policy.days,
        "reason": policy.reason,
        "kept": policy.kept,
        "least": policy.least,
        "looked": looked is not None,
    }
    if looked is None:
        return row
    more = looked["counted_to"] is not None
    row |= {
        "size": volume(looked["size"]),
        "due": looked["due_rows"],
        "due_more": more,
        "due_bytes": volume(looked["due_bytes"]),
        "partitions": looked["due_partitions"],
        "held": sum(looked["held"].values()),
        "holds": len(looked["held"]),
        "oldest": datetime.fromisoformat(looked["oldest"]) if looked["oldest"] else None,
        "per_day": volume(looked["per_day"]),
        "ahead": [volume((looked["ahead"] or {}).get(str(days))) for days in AHEAD_DAYS],
    }
    return row


def _hold(hold: HoldSeen, classes: Mapping[str, Context], request: PersonRequest) -> Context:
    kept = {title_of(name): each["held"].get(str(hold.id), 0) for name, each in classes.items()}
    reach = [
        title_of(hold.data_class),
        f"at {hold.facility}" if hold.facility else "",
        f"from {hold.connector}" if hold.connector else "",
        _many(len(hold.transaction_ids), "transaction", "transactions") if hold.transaction_ids else "",
        f"from {hold.since:%Y-%m-%d}" if hold.since else "",
        f"until {hold.until - timedelta(days=1):%Y-%m-%d}" if hold.until else "",
    ]
    me = request.user.get_username()
    return {
        "hold": hold,
        "reach": ", ".join(each for each in reach if each),
        "kept": [(title, n) for title, n in kept.items() if n],
        "may_lift": hold.asked_by is not None and hold.asked_by != me,
    }


def _run(run: RunSeen) -> Context:
    return {
        "title": title_of(run.data_class),
        "run": run,
        "counts": sorted((table.replace("_", " "), n) for table, n in json.loads(run.counts).items()),
        "digest": run.digest[:12],
    }


def _form(request: PersonRequest, said: Mapping[str, str]) -> Context:
    scope = request.scope.to(Permission.MANAGE_HOLDS)
    everywhere = Permission.MANAGE_HOLDS in scope.everywhere
    places = [{"value": place.id, "label": place.name} for place in facilities_in(scope=scope)]
    sent = [{"value": each.id, "label": each.title or each.name} for each in senders_in(scope=scope)]
    kept = [policy for policy in retention.policies().values() if policy.kept == retention.DATABASE]
    return {
        "said": said,
        "classes": [{"value": policy.name, "label": policy.title} for policy in kept if policy.tables],
        "facilities": places,
        "everywhere": "Every facility" if everywhere else "",
        "connectors": sent,
    }
