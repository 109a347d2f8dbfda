"""Audit rows and the standing of their chain, as the pages show them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from integrations.queries.facilities import Place
from observability.accounts.checking import Standing
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.auditing import words
from observability.auditing.queries.rows import AuditSeen
from observability.core import display

Context = dict[str, Any]
# By type of object: who may open its page, and where that is, by id and name.
LINKS: Mapping[str, tuple[Permission, Callable[[str, str], str]]] = {
    "audit_row": (Permission.SEE_AUDIT, lambda seq, _: reverse("audit:row", args=[seq])),
    "transaction": (Permission.SEE_TRANSACTIONS, lambda id, _: reverse("tracing:transaction", args=[id])),
    "connector": (Permission.SEE_CONNECTORS, lambda _, name: reverse("integrations:connector", args=[name])),
    "user": (Permission.SEE_ACCESS, lambda _, name: reverse("accounts:person", args=[name])),
    "grant": (Permission.SEE_ACCESS, lambda _, name: reverse("accounts:person", args=[name])),
    "system": (
        Permission.SEE_CATALOGUE,
        lambda _, code: reverse("integrations:catalogue-entry", args=["system", code]),
    ),
    "interface": (
        Permission.SEE_CATALOGUE,
        lambda _, code: reverse("integrations:catalogue-entry", args=["interface", code]),
    ),
}


def rows(
    seen: Iterable[AuditSeen], names: words.Names, scope: Scope, places: Sequence[Place]
) -> list[Context]:
    """Return rows in words: who did what, to what, why, from where, and where it concerns."""
    known = {place.id: place.name for place in places}
    return [_row(each, names, scope, known) for each in seen]


def _row(row: AuditSeen, names: words.Names, scope: Scope, known: Mapping[int, str]) -> Context:
    verb, what = words.did(row, names)
    return {
        "seq": row.seq,
        "url": reverse("audit:row", args=[row.seq]),
        "at": row.at,
        "who": words.who(row),
        "role": row.role,
        "did": verb,
        "what": what,
        "what_url": _link(row, names, scope) if what else "",
        "refused": row.outcome == "refused",
        "why": row.reason,
        "changes": words.changes(row.changes),
        "from": row.source_ip,
        "where": _where(row, known),
    }


def _link(row: AuditSeen, names: words.Names, scope: Scope) -> str:
    permission, address = LINKS.get(row.object_type, (None, None))
    name = names.get((row.object_type, row.object_id), "")
    if permission is None or address is None or not scope.allows(permission):
        return ""
    try:
        return address(row.object_id, name)
    except NoReverseMatch:  # it has gone, and its name with it
        return ""


def _where(row: AuditSeen, known: Mapping[int, str]) -> str:
    named = [known[id] for id in row.facility_ids if id in known]
    if not row.facility_ids:
        return "the installation"
    if len(named) > 2:
        return f"{named[0]} and {len(named) - 1} more"
    return " and ".join(named) + (" and others" if len(named) < len(row.facility_ids) else "")


def facts(row: AuditSeen, places: Sequence[Place], *, whole: bool) -> list[Context]:
    """Return all that a row says, for its own page."""
    known = {place.id: place.name for place in places}
    named = [known[id] for id in row.facility_ids if id in known]
    beyond = len(named) < len(row.facility_ids)
    return [
        {"label": "When", "value": row.at, "kind": "moment"},
        {"label": "Who", "value": f"{words.who(row)}{f' ({row.actor})' if row.name else ''}"},
        {"label": "As", "value": row.role.replace(",", ", ") if row.role else row.actor_type},
        {"label": "Act", "value": words.act(row.act)},
        {"label": "Outcome", "value": row.outcome},
        {"label": "Why", "value": row.reason},
        {"label": "Says", "value": words.changes(row.changes)},
        {"label": "Object", "value": f"{row.object_type} {row.object_id}".strip(), "kind": "code"},
        {
            "label": "Further ids",
            "value": None if row.mentions is None else display.number(row.mentions),
        },
        {
            "label": "Concerns",
            "value": (", ".join(named) or "the installation")
            + (" and facilities that you do not audit" if beyond and not whole else ""),
        },
        {"label": "From address", "value": row.source_ip},
        {"label": "Session", "value": row.session_hash[:12], "kind": "code"},
        {"label": "Request", "value": row.request_id, "kind": "code"},
        {"label": "Trace", "value": row.trace_id, "kind": "code"},
    ]


def chained(row: AuditSeen) -> list[Context]:
    """Return where a row stands in the chain."""
    return [
        {"label": "Row", "value": row.seq, "kind": "number"},
        {"label": "Its hash", "value": row.hash, "kind": "code"},
        {"label": "Follows", "value": row.prev_hash, "kind": "code"},
        {"label": "Signed with key", "value": row.kid, "kind": "code"},
    ]


def chain(stand: Standing, at: datetime) -> Context:
    """Return what is known of the chain as a whole, in words."""
    if stand.faults:
        first = f", first at row {stand.broken_at:,}" if stand.broken_at else ""
        words = f"broken{first}: run manage.py audit verify"
    elif stand.checked_at is None:
        words = "nobody has walked it yet"
    else:
        words = f"whole up to row {stand.checked_seq:,}"
    return {
        "words": words,
        "faults": [
            f"{f'Row {fault.seq:,}' if fault.seq else 'Outside of its rows'}: {fault.words}."
            for fault in stand.faults
        ],
        "figures": [
            {"label": "Rows", "value": stand.rows, "kind": "number", "note": "in the chain"},
            _moment(
                "Walked whole", stand.checked_at, at, "a new walk is under way" if stand.under_way else ""
            ),
            _moment(
                "Anchored outside",
                stand.anchored.at if stand.anchored else None,
                at,
                f"row {stand.anchored.seq:,}" if stand.anchored else "no anchor can be read here",
            ),
        ],
    }


def _moment(label: str, value: datetime | None, at: datetime, note: str) -> Context:
    return {"label": label, "value": value, "kind": "age", "note": note}
