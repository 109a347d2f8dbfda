"""The list of transactions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.queries.connectors import senders_in
from integrations.queries.facilities import facilities_in
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.looks import note_look
from observability.accounts.roles import Permission
from observability.core import cursors, display
from observability.core.clock import now
from observability.core.htmx import render_page
from tracing import forms, titles, words
from tracing.declarations import latest, versions
from tracing.finding import Found
from tracing.queries.listing import COUNTED, Count, Edge, Listed, counted, listed
from tracing.views.search import found_by

Context = dict[str, Any]
PAGE = 50
CURSOR = "transactions"
TRIES = [
    "the claim number as the billing system wrote it",
    "the payer’s control number of the remittance",
    "the account number, with or without leading zeros",
    "a trace id",
]


@require(Permission.SEE_TRANSACTIONS)
@require_GET
def transactions(request: PersonRequest) -> HttpResponse:
    """List what the filters of the address ask for, or what a search found."""
    at = now()
    pasted, found = found_by(request)
    choices = forms.Choices(
        workflows={name: latest(name) for name in versions()},
        places=facilities_in(scope=request.scope),
        senders=senders_in(scope=request.scope),
    )
    asked = forms.read(request.GET, choices, at=at, ids=found.ids if found else None)
    base = reverse("tracing:transactions")
    context = {
        "search": {
            "at": at,
            "zone": asked.zone,
            "q": pasted,
            "reference": asked.given.get("search", ""),
            "all_time": asked.given.get("seen") == forms.EVERYTHING,
            "fields": forms.fields(asked, choices),
            "late": asked.filters.late,
            "active": forms.active(asked, base, choices),
            "clear_url": base,
            "url": base,
        },
        "results": _results(request, asked, choices, found, pasted, base, at),
    }
    return render_page(request, "tracing/transactions.html", context, fragment="results")


def _results(
    request: PersonRequest,
    asked: forms.Asked,
    choices: forms.Choices,
    found: Found | None,
    pasted: str,
    base: str,
    at: datetime,
) -> Context:
    scope = request.scope.within(asked.place.id) if asked.place else request.scope
    notes = [f"Could not be read, so left out: {', '.join(asked.unreadable)}."] * bool(asked.unreadable)
    if asked.given.get("search") and found is None:
        notes.append("This search is not known to your session any more. Paste the identifier again.")
    edge, bad = _edge(request)
    notes += ["The place in the list could not be read; this is its beginning."] * bad
    try:
        rows = listed(scope=scope, filters=asked.filters, at=at, edge=edge, limit=PAGE + 1)
    except OperationalError:
        rows = []
        notes.append("This took too long to look up. Narrow the time or take a filter away.")
    more = len(rows) > PAGE
    rows = (rows[1:] if edge and edge.newer else rows[:PAGE]) if more else rows
    if rows:
        _note(request, rows, at)
    inside = _count(scope, asked, at, outside=False) if rows or not notes else None
    outside = _count(scope, asked, at, outside=True) if asked.filters.since else None
    hubs = [_hub(hub.meaning.kind) for hub in found.hubs] if found else []
    newest = rows and (edge is None or (edge.newer and not more))
    return {
        "rows": _rows(request, rows, choices, asked, _matches(found, pasted)),
        "summary": _summary(inside, len(rows)),
        "note": _worth(asked, inside),
        "window": _window(asked),
        "outside": _many(outside) if outside and outside.n else "",
        "widen_url": asked.url(base, seen=forms.EVERYTHING, seen_from=None, seen_to=None),
        "newer_url": asked.url(base, before=_cursor(rows[0])) if rows and not newest else None,
        "older_url": asked.url(base, after=_cursor(rows[-1]))
        if rows and (more or (edge and edge.newer))
        else None,
        "where": f"Newest {len(rows)}" if newest else "",
        "asked": asked.is_narrowed,
        "tries": TRIES,
        "unreadable": " ".join([*notes, *hubs]),
    }


def _note(request: PersonRequest, rows: list[Listed], at: datetime) -> None:
    """Put a page of results on record: one row, which says what stood on it."""
    note_look(
        audit.Act.TRANSACTIONS_LISTED,
        user=request.user,
        object_type="page",
        object_id="tracing:transactions",
        at=at,
        asked=request.GET.urlencode(),
        changes={"rows": len(rows)},
        mentions=lambda: [row.id for row in rows],
        facility_ids={row.facility_id for row in rows},
    )


def _edge(request: PersonRequest) -> tuple[Edge | None, bool]:
    for name, newer in (("after", False), ("before", True)):
        text = request.GET.get(name)
        if text:
            try:
                first_at, id = cursors.decode(CURSOR, text, size=2)
                return Edge(datetime.fromisoformat(first_at), UUID(id), newer), False
            except (cursors.BadCursor, ValueError):
                return None, True
    return None, False


def _cursor(row: Listed) -> str:
    return cursors.encode(CURSOR, (row.first_at.isoformat(), str(row.id)))


def _count(scope: Any, asked: forms.Asked, at: datetime, *, outside: bool) -> Count | None:
    try:
        return counted(scope=scope, filters=asked.filters, at=at, outside=outside)
    except OperationalError:
        return None  # a courtesy that would take too long is left out


def _many(count: Count) -> str:
    return display.number(count.n) if count.is_exact else f"More than {COUNTED:,}"


def _summary(count: Count | None, shown: int) -> str:
    if count is None:
        return "Transactions" if shown else "No transactions"
    if count.n == 1:
        return "1 transaction"
    return f"{_many(count)} transactions" if count.n else "No transactions"


def _worth(asked: forms.Asked, count: Count | None) -> str:
    # Amounts of several workflows are one dollar seen several times: never added.
    if count is None or not count.is_exact or count.amount is None or asked.filters.workflow is None:
        return ""
    basis = words.basis(latest(asked.filters.workflow).amount)
    return f"{display.money_short(count.amount, settings.CURRENCY)} {basis}"


def _window(asked: forms.Asked) -> str:
    filters = asked.filters
    if filters.since is None and filters.until is None:
        return "Any time"
    if not {"seen_from", "seen_to"} & asked.given.keys():
        return f"First seen in the last {forms.WINDOW_DAYS} days"
    first, last = asked.given.get("seen_from"), asked.given.get("seen_to")
    return f"First seen {f'from {first} ' if first else ''}{f'to {last}' if last else ''}".strip()


def _hub(kind: str) -> str:
    return (
        f"As a {titles.kind_title(kind).lower()} it names more than {settings.HUB_TRANSACTIONS} "
        "transactions: too many to tell anything about one, so they are not shown."
    )


def _matches(found: Found | None, pasted: str) -> dict[UUID, str]:
    """Return for each transaction what the reader pasted, in full, as the identifier that it matched."""
    return {id: f"{titles.kind_title(kind)} {pasted}" for id, kind in found.by.items()} if found else {}


def _rows(
    request: PersonRequest,
    rows: list[Listed],
    choices: forms.Choices,
    asked: forms.Asked,
    matches: dict[UUID, str],
) -> list[Context]:
    named = titles.titles_of(request.scope, rows, choices.workflows)
    places = {place.id: place for place in choices.places}
    search = asked.given.get("search")
    return [
        {
            "url": reverse("tracing:transaction", args=[row.id]) + (f"?search={search}" if search else ""),
            "title": named[row.id],
            "match": matches.get(row.id, ""),
            "kind": row.workflow,
            "workflow": choices.workflows[row.workflow].title,
            "facility": places[row.facility_id].name,
            "state": row.state,
            "outcome": row.outcome,
            "payer": row.payer,
            "amount": row.amount,
            "basis": words.basis(choices.workflows[row.workflow].amount),
            "first_at": row.first_at,
            "last_at": row.last_at,
            "due_at": row.due_at,
            **_where(row, choices, places[row.facility_id].zone),
        }
        for row in rows
    ]


def _where(row: Listed, choices: forms.Choices, zone: str) -> dict[str, str]:
    workflow = choices.workflows[row.workflow]
    step = row.failed_step or row.current_step
    note = ""
    if row.due_step and row.due_at and not row.failed_step:
        note = f"{workflow.step(row.due_step).title} due {display.local(row.due_at, zone, 'day')}"
    elif row.failed_step and row.reason:
        note = words.reason(row.reason, words.level_told_by(row.reason))
    title = workflow.step(step).title if step else "Not begun"
    return {"step": f"Failed at “{title}”" if row.failed_step else title, "step_note": note}
