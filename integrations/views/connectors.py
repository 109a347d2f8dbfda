"""The pages of connectors: are they heard of, and what became of what they sent?"""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations import health
from integrations.catalogue.register_fields import SORTS
from integrations.charts import per_day
from integrations.health import Tally
from integrations.ingest.codes import ITEM_CODES, PARKED_CODES, REQUEST_CODES
from integrations.ingest.waiting import Backlog, backlog_of
from integrations.queries import connectors as queries
from integrations.queries import traffic
from integrations.queries.connectors import Beat, ConnectorSeen
from integrations.queries.facilities import facilities_in
from integrations.queries.register import entries_named
from observability.accounts.acts_link import acts_url
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core import display
from observability.core.clock import now
from observability.core.htmx import render_page

Context = dict[str, Any]
WINDOW_DAYS = 7
HISTORY_DAYS = 30
NAMES_SHOWN = 100
WINDOW = f"last {WINDOW_DAYS} days, UTC"
COMMAND = "manage.py connector create NAME --facility CODE"


@require(Permission.SEE_CONNECTORS)
@require_GET
def connectors(request: PersonRequest) -> HttpResponse:
    """List the connectors of the scope with what they did lately."""
    at = now()
    seen = queries.connectors_in(scope=request.scope)
    places = facilities_in(scope=request.scope)
    tallies, beats, backlogs = _lately(request, [each.id for each in seen], at)
    rows = [
        _row(each, tallies.get(each.id, Tally()), beats.get(each.id), backlogs.get(each.id), at)
        for each in seen
    ]
    silent = [row for row in rows if row["state"] == "silent"]
    reporting = sum(row["state"] == "reporting" for row in rows)
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "headline": _all_headline(rows, silent),
        "coverage": f"{reporting} of {len(rows)} reporting",
        "rows": rows,
        "window": WINDOW,
        "command": COMMAND,
    }
    return render_page(request, "integrations/connectors.html", {"page": page}, fragment="connectors")


@require(Permission.SEE_CONNECTORS)
@require_GET
def connector(request: PersonRequest, name: str) -> HttpResponse:
    """Show one connector; one outside the scope is as absent as one that never was."""
    at = now()
    seen = queries.connector_named(scope=request.scope, name=name)
    if seen is None:
        raise Http404
    tallies, beats, backlogs = _lately(request, [seen.id], at)
    tally, backlog = tallies.get(seen.id, Tally()), backlogs.get(seen.id)
    row = _row(seen, tally, beats.get(seen.id), backlog, at)
    days = queries.days_of(scope=request.scope, id=seen.id, since=_day(at, HISTORY_DAYS))
    page = {
        "at": at,
        "zone": seen.zone,
        "name": seen.title or seen.name,
        "slug": seen.name,
        "state": row["state"],
        "list_url": reverse("integrations:connectors"),
        "window": WINDOW,
        "headline": _headline(row, at),
        "figures": _figures(row, tally, backlog),
        "rejections": [
            {"code": code, "words": _words(code), "hint": "", "count": n, "last_at": last}
            for code, n, last in tally.of("rejected")
        ],
        "conflicts": [
            {"words": f"{code}: came again with other content", "count": n, "last_at": last, "url": None}
            for code, n, last in tally.of("conflict")
        ],
        "parked": [
            {"at": each.received_at, "code": each.code, "words": _words(each.code), "items": each.items}
            for each in queries.parked_of(scope=request.scope, ids=[seen.id])
        ],
        **_named(request, seen),
        "dropped": [{"name": code, "count": n} for code, n, _ in tally.of("dropped")],
        "activity": per_day(days, _day(at, HISTORY_DAYS), at.date()),
        "facts": _about(seen),
        "audit_url": acts_url(request.scope, about=f"connector:{seen.id}"),
        "keys": [_key(key) for key in queries.keys_of(scope=request.scope, id=seen.id)],
        "keys_note": "two may be live while one replaces the other",
    }
    return render_page(request, "integrations/connector.html", {"connector": page}, fragment="connector")


def _named(request: PersonRequest, seen: ConnectorSeen) -> Context:
    """Return what the connector names, with where the register tells of it, or proposes it."""
    names = traffic.named_by(scope=request.scope, connector_id=seen.id, limit=NAMES_SHOWN + 1)
    scope = request.scope.to(Permission.SEE_CATALOGUE)
    own = [(sort, seen.name) for sort in SORTS]
    known = entries_named(scope=scope, entries=[*own, *((each.sort, each.code) for each in names)])

    def address(each: traffic.Named) -> str:
        if (each.sort, each.code) in known:
            return reverse("integrations:catalogue-entry", args=[each.sort, each.code])
        if each.declared or not request.scope.allows(Permission.SEE_CATALOGUE):
            return ""
        return reverse("integrations:proposal", args=[each.sort, each.code])

    return {
        "entries": [
            {"label": sort, "url": reverse("integrations:catalogue-entry", args=[sort, code])}
            for sort, code in own
            if (sort, code) in known
        ],
        "named": [asdict(each) | {"url": address(each)} for each in names[:NAMES_SHOWN]],
        "named_more": len(names) > NAMES_SHOWN,
    }


def _lately(
    request: PersonRequest, ids: list[int], at: datetime
) -> tuple[dict[int, Tally], dict[int, Beat], dict[int, Backlog]]:
    by_connector: dict[int, list[tuple[str, str, int, datetime]]] = {}
    for row in queries.counts_of(scope=request.scope, ids=ids, since=_day(at, WINDOW_DAYS - 1)):
        by_connector.setdefault(row.connector_id, []).append((row.kind, row.code, row.n, row.last_at))
    tallies = {id: health.tally(rows) for id, rows in by_connector.items()}
    return tallies, queries.beats_of(scope=request.scope, ids=ids), backlog_of(ids=ids)


def _day(at: datetime, days: int) -> date:
    return at.date() - timedelta(days=days)


def _row(
    seen: ConnectorSeen, tally: Tally, beat: Beat | None, backlog: Backlog | None, at: datetime
) -> Context:
    last_seen = health.last_of(
        tally.last_at, beat.received_at if beat else None, backlog.newest_at if backlog else None
    )
    per_hour = beat.expects_per_hour if beat else None
    return {
        "url": reverse("integrations:connector", args=[seen.name]),
        "name": seen.title or seen.name,
        "sub": f"{seen.name} · {seen.facility}",
        "state": health.state(retired_at=seen.retired_at, last_seen=last_seen, per_hour=per_hour, at=at),
        "last_seen": last_seen,
        "accepted": tally.accepted,
        "rejected": tally.rejected,
        "duplicates": tally.duplicates,
        "conflicts": tally.conflicts,
        "parked": tally.parked,
    }


def _all_headline(rows: list[Context], silent: list[Context]) -> list[Context]:
    if not rows:
        return [{"text": "No connectors yet.", "tone": "", "url": None}]
    if not silent:
        return [{"text": "No connector is silent.", "tone": "good", "url": None}]
    first = silent[0]
    count = "One connector is" if len(silent) == 1 else f"{len(silent)} connectors are"
    return [
        {"text": f"{count} silent: ", "tone": "bad", "url": None},
        {"text": first["name"], "tone": "", "url": first["url"]},
        {"text": "." if len(silent) == 1 else " and others.", "tone": "", "url": None},
    ]


def _headline(row: Context, at: datetime) -> list[Context]:
    if row["last_seen"] is None:
        return [{"text": f"{row['name']} has sent nothing in the {WINDOW}.", "tone": "", "url": None}]
    ago = display.age(row["last_seen"], at)
    heard = f"{row['name']} was last heard of {'just now' if ago == 'now' else ago}; "
    whole = row["accepted"] + row["rejected"]
    said = (
        f"{display.number(row['rejected'])} of {display.number(whole)} items were rejected."
        if row["rejected"]
        else f"all of its {display.number(whole)} items were taken."
    )
    silent = "bad" if row["state"] == "silent" else ""
    return [
        {"text": heard, "tone": silent, "url": None},
        {"text": said, "tone": "bad" if row["rejected"] else "", "url": None},
    ]


def _figures(row: Context, tally: Tally, backlog: Backlog | None) -> list[Context]:
    counts = [
        ("Accepted", tally.accepted, "items", ""),
        ("Rejected", tally.rejected, "items", "bad"),
        ("Duplicates", tally.duplicates, "sent again, counted once", ""),
        ("Conflicts", tally.conflicts, "same id, other content", "risk"),
        ("Waiting for their transaction", tally.orphans, "when they came", ""),
        ("Without a transaction for days", tally.stranded, "nobody claimed them", "bad"),
        ("After retention", tally.after_retention, "about purged transactions, not kept", "risk"),
        ("Parked", tally.parked, "requests", "bad"),
        ("Not applied yet", backlog.items if backlog else 0, "items", ""),
    ]
    figures: list[Context] = [
        {"label": "Last heard of", "value": row["last_seen"], "kind": "age", "note": ""}
    ]
    figures += [
        {"label": label, "value": n, "kind": "number", "note": note, "tone": tone if n else ""}
        for label, n, note, tone in counts
    ]
    if backlog:
        figures.append({"label": "Oldest of these", "value": backlog.oldest_at, "kind": "age", "note": ""})
    return figures


def _words(code: str) -> str:
    known = ITEM_CODES | REQUEST_CODES | PARKED_CODES
    return known.get(code) or code.replace("_", " ").capitalize()


def _about(seen: ConnectorSeen) -> list[Context]:
    facts: list[Context] = [
        {"label": "Facility", "value": seen.facility},
        {"label": "May post for", "value": ", ".join(seen.granted)},
        {"label": "Signals", "value": ", ".join(seen.signals)},
        {"label": "Limit", "value": f"{display.number(seen.events_per_second)} items a second with each key"},
        {"label": "Made", "value": seen.created_at, "kind": "moment"},
    ]
    if seen.retired_at:
        facts.append({"label": "Retired", "value": seen.retired_at, "kind": "moment"})
    return facts


def _key(key: queries.KeySeen) -> Context:
    state = "quarantined" if key.quarantined_at else "revoked" if key.revoked_at else "active"
    return {
        "prefix": key.prefix,
        "state": state,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }
