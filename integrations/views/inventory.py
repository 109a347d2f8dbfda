"""The data inventory: which fields come from where, why, how they are kept, how long, and who sees them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.catalogue.contracts import contracts
from integrations.catalogue.inventory import ORIGINS, Entry, Kept, entries, own_columns
from integrations.catalogue.retention import policies
from integrations.queries.facilities import facilities_in
from integrations.queries.inventory import Sent, sent_since
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission, PrivacyClass
from observability.core.clock import now
from observability.core.downloads import as_csv_file
from observability.core.filters import active, query, select, text
from observability.core.htmx import render_page

Context = dict[str, Any]
WINDOW_DAYS = 30
ORIGIN_TITLES = {
    "event": "Event field",
    "step": "Step attribute",
    "identifier": "Identifier",
    "span": "Span or log",
    "resource": "Resource",
    "gauge": "Gauge",
}
COLUMNS = (
    "field", "origin", "types", "class", "purpose", "kept", "columns", "days", "seen_by", "in_clear_to",
    "sent_by",
)  # fmt: skip


@require(Permission.SEE_INVENTORY)
@require_GET
def inventory(request: PersonRequest) -> HttpResponse:
    """Show every field that may be kept, narrowed by the filters of the address."""
    at = now()
    sent = sent_since(scope=request.scope, since=at.date() - timedelta(days=WINDOW_DAYS))
    places = facilities_in(scope=request.scope)
    senders = _senders(sent)
    rows = [_row(entry, senders) for entry in _asked(request)]
    whole = entries()
    fields, base = _filters(request), reverse("integrations:inventory")
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "window": f"last {WINDOW_DAYS} days, UTC",
        "figures": _figures(whole),
        "filters": fields,
        "active": active(fields, base),
        "url": base,
        "export_url": f"{reverse('integrations:inventory-export')}{query(fields)}",
        "rows": rows,
        "total": len(whole),
        "dropped": [each for each in sent if each.kind == "dropped"],
        "policies": [
            {"title": each.title, "days": each.days, "reason": each.reason} for each in policies().values()
        ],
        "own": [{"table": table, "columns": columns} for table, columns in own_columns().items()],
    }
    return render_page(request, "integrations/inventory.html", {"page": page}, fragment="fields")


@require(Permission.SEE_INVENTORY)
@require_GET
def export(request: PersonRequest) -> HttpResponse:
    """Return the inventory as CSV, narrowed like the page; leaves an audit row."""
    at = now()
    audit.record_export(
        audit.Act.INVENTORY_EXPORTED,
        user=request.user,
        what="inventory",
        at=at,
        facility_ids=request.scope.facility_ids,
    )
    sent = sent_since(scope=request.scope, since=at.date() - timedelta(days=WINDOW_DAYS))
    senders = _senders(sent)
    rows = [_exported(_row(entry, senders), entry) for entry in _asked(request)]
    return as_csv_file(COLUMNS, rows, name=f"data-inventory-{at:%Y-%m-%d}.csv")


def _asked(request: PersonRequest) -> list[Entry]:
    words = request.GET.get("q", "").lower().strip()
    return [
        entry
        for entry in entries()
        if words in f"{entry.field} {entry.purpose} {' '.join(entry.types)}".lower()
        and request.GET.get("class", "") in ("", entry.privacy_class)
        and request.GET.get("origin", "") in ("", entry.origin)
        and request.GET.get("kept", "") in ("", *entry.kept)
    ]


def _senders(sent: Iterable[Sent]) -> dict[str, list[Sent]]:
    by_type: dict[str, list[Sent]] = {}
    for each in sent:
        if each.kind == "sent":
            by_type.setdefault(each.code, []).append(each)
    return by_type


def _row(entry: Entry, by_type: dict[str, list[Sent]]) -> Context:
    counts: dict[str, int] = {}
    for type in entry.types:
        for each in by_type.get(type, []):
            counts[each.connector] = counts.get(each.connector, 0) + each.n
    policy = policies()[entry.policy]
    return {
        "field": entry.field,
        "origin": ORIGIN_TITLES[entry.origin],
        "types": [_title(type) for type in entry.types],
        "privacy_class": entry.privacy_class.value,
        "purpose": entry.purpose,
        "kept": [kept.value for kept in entry.kept],
        "columns": entry.columns,
        "days": policy.days if entry.columns else 0,
        "policy": policy.title,
        "seen_by": entry.seen_by,
        "clear_to": entry.clear_to,
        "senders": sorted(counts.items(), key=lambda each: (-each[1], each[0])),
    }


def _title(type: str) -> str:
    known = contracts().get(type)
    return known.title if known else {"span.step.v1": "Span that is a step"}.get(type, type.capitalize())


def _figures(whole: Iterable[Entry]) -> list[Context]:
    whole = list(whole)
    of = [
        ("Fields", len(whole), "that may be kept"),
        ("About a person", sum(each.privacy_class != PrivacyClass.BUSINESS for each in whole), "by class"),
        ("Sealed", sum(Kept.SEALED in each.kept for each in whole), "shown in clear for a reason only"),
        ("Read, not kept", sum(each.kept == (Kept.READ,) for each in whole), "gone with the request"),
    ]
    return [{"label": label, "value": n, "kind": "number", "note": note} for label, n, note in of]


def _filters(request: PersonRequest) -> list[Context]:
    asked = request.GET
    classes = [(each.value, each.value.capitalize()) for each in PrivacyClass]
    origins = [(each, ORIGIN_TITLES[each]) for each in ORIGINS]
    ways = [(each.value, each.value.capitalize()) for each in Kept]
    return [
        text("q", "Field, purpose or type", asked.get("q", "")),
        select("class", "Class", asked.get("class", ""), classes),
        select("origin", "Comes as", asked.get("origin", ""), origins),
        select("kept", "Kept as", asked.get("kept", ""), ways),
    ]


def _exported(row: Context, entry: Entry) -> list[object]:
    return [
        row["field"], row["origin"], " ".join(entry.types), row["privacy_class"], row["purpose"],
        "; ".join(row["kept"]), " ".join(row["columns"]), row["days"], " ".join(row["seen_by"]),
        " ".join(row["clear_to"]), "; ".join(f"{name} {n}" for name, n in row["senders"]),
    ]  # fmt: skip
