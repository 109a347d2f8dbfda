"""The pages of the register: everything that is declared, and one system or interface."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.catalogue import register
from integrations.catalogue.register_fields import (
    CRITICALITY,
    DISPOSITIONS,
    DOMAINS,
    FIELDS,
    LISTS,
    PATTERNS,
    SYSTEM_KINDS,
    Field,
    parts,
)
from integrations.catalogue.windows import DAY, WEEK, since
from integrations.queries import register as queries
from integrations.queries import traffic
from integrations.queries.connectors import connector_named
from integrations.queries.facilities import Place, facilities_in
from integrations.queries.register import FINDINGS, EntrySeen, Filters
from integrations.views.register_words import recent
from observability.accounts.acts_link import acts_url
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.cursors import BadCursor, decode, encode
from observability.core.filters import active, query, select, text
from observability.core.htmx import render_page

Context = dict[str, Any]
PAGE = 50
CURSOR = "catalogue"
KINDS = SYSTEM_KINDS | PATTERNS
CHOICES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sort": ("Type", {"system": "Systems", "interface": "Interfaces"}),
    "kind": ("Kind or pattern", KINDS),
    "domain": ("Domain", DOMAINS),
    "criticality": ("Criticality", CRITICALITY),
    "disposition": ("Disposition", DISPOSITIONS),
    "finding": ("Finding", FINDINGS),
}


@require(Permission.SEE_CATALOGUE)
@require_GET
def catalogue(request: PersonRequest) -> HttpResponse:
    """List what is declared, how much of it has an owner, and what is missing."""
    at = now()
    places = facilities_in(scope=request.scope)
    filters = _filters(request.GET, places)
    fields = _fields(filters, places)
    found = queries.entries_in(
        scope=request.scope, today=at.date(), filters=filters, after=_after(request.GET), limit=PAGE + 1
    )
    rows = found[:PAGE]
    coverage = queries.coverage_of(scope=request.scope, today=at.date())
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "coverage": coverage,
        "unowned": coverage.entries - coverage.owned,
        "percent": coverage.percent,
        "undeclared": traffic.undeclared_in(scope=request.scope),
        "findings": [
            {"words": FINDINGS[each.finding], "n": each.n, "url": f"?finding={each.finding}"}
            for each in queries.findings_in(scope=request.scope, today=at.date())
        ],
        "fields": fields,
        "active": active(fields, reverse("integrations:catalogue")),
        "rows": [_row(each, places) for each in rows],
        "next_url": _next(fields, rows[-1]) if len(found) > PAGE else None,
        "manages": request.scope.allows(Permission.MANAGE_CATALOGUE),
    }
    return render_page(request, "integrations/register.html", {"page": page}, fragment="catalogue")


@require(Permission.SEE_CATALOGUE)
@require_GET
def entry(request: PersonRequest, sort: str, code: str) -> HttpResponse:
    """Show one system or interface; one outside of the scope is as absent as one that never was."""
    at = now()
    seen = queries.entry_coded(scope=request.scope, today=at.date(), sort=sort, code=code)
    values = register.declared(sort, code) if seen else None
    if seen is None or values is None:
        raise Http404
    places = facilities_in(scope=request.scope)
    flows = queries.interfaces_of(scope=request.scope, today=at.date(), code=code) if sort == "system" else []
    lately = traffic.activity_of(
        scope=request.scope, entries=[(sort, code), *((each.sort, each.code) for each in flows)], at=at
    )
    shown = {spec.name: _shown(spec, values[spec.name], places) for spec in FIELDS[sort]}
    labels = {spec.name: spec for spec in FIELDS[sort]}
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "sort": sort,
        "entry": seen,
        "kind": KINDS.get(seen.kind, seen.kind),
        "findings": [FINDINGS[each] for each in seen.findings],
        "ends": [values.get("source"), values.get("target")] if sort == "interface" else None,
        "facts": [
            {"label": spec.label, "value": shown[spec.name]}
            for spec in FIELDS[sort]
            if spec.name not in ("code", "name") and spec.reads != "links"
        ],
        "runbook": values["runbook"],
        "links": [link.partition("=")[::2] for link in parts(values.get("links", ""))],
        "activity": recent(lately.get((sort, code))),
        "day_since": since(at, DAY),
        "week_since": since(at, WEEK),
        "interfaces": [
            _row(each, places) | {"activity": lately.get((each.sort, each.code))} for each in flows
        ],
        "connector": _connector(request, code),
        "history": [
            {
                "at": each.at,
                "who": each.who or "the shell",
                "field": labels[each.field].label if each.field in labels else each.field,
                "old": _shown(labels[each.field], each.old, places) if each.field in labels else each.old,
                "new": _shown(labels[each.field], each.new, places) if each.field in labels else each.new,
            }
            for each in queries.history_of(scope=request.scope, today=at.date(), sort=sort, code=code)
        ],
        "manages": _manages(request, values["facilities"], places),
        "audit_url": acts_url(request.scope, about=f"{sort}:{register.id_of(sort, code)}"),
    }
    return render_page(request, "integrations/register_entry.html", {"page": page}, fragment="entry")


def _connector(request: PersonRequest, code: str) -> str | None:
    """Return the address of the connector of the same name, for who may see it."""
    if not request.scope.allows(Permission.SEE_CONNECTORS):
        return None
    known = connector_named(scope=request.scope.to(Permission.SEE_CONNECTORS), name=code)
    return reverse("integrations:connector", args=[code]) if known else None


def _manages(request: PersonRequest, facilities: str, places: list[Place]) -> bool:
    ids = {place.code: place.id for place in places}
    return all(code in ids for code in parts(facilities)) and register.may_decide(
        request.scope, facilities, ids
    )


def _shown(spec: Field, text: str, places: list[Place]) -> str:
    """Return a value in words; a facility that one may not see is not named."""
    if spec.reads in ("choice", "choices"):
        return ", ".join(spec.choices.get(each, each) for each in parts(text))
    if spec.reads == "facilities":
        names = {place.code: place.name for place in places}
        return ", ".join(names[each] for each in parts(text) if each in names) if text else "Every facility"
    if spec.reads == "primary":
        codes = {place.code for place in places}
        told = [each.partition("@") for each in parts(text)]
        return ", ".join(
            f"{DOMAINS[domain]} at {place}" if place else DOMAINS[domain]
            for domain, _, place in told
            if not place or place in codes
        )
    return ", ".join(parts(text)) if spec.reads in LISTS else text


def _row(seen: EntrySeen, places: list[Place]) -> Context:
    names = [place.name for place in places if place.id in seen.facility_ids]
    return {
        "url": reverse("integrations:catalogue-entry", args=[seen.sort, seen.code]),
        "code": seen.code,
        "name": seen.name,
        "sort": seen.sort.capitalize(),
        "kind": KINDS.get(seen.kind, seen.kind),
        "flow": f"{seen.source} → {seen.target}" if seen.source else "",
        "where": ("Every facility" if not seen.facility_ids else names[0] if len(names) == 1 else None)
        or f"{len(names)} facilities",
        "owner": seen.owner,
        "criticality": CRITICALITY.get(seen.criticality, ""),
        "disposition": DISPOSITIONS.get(seen.disposition, ""),
        "ended": seen.ended,
        "findings": [FINDINGS[each] for each in seen.findings],
    }


def _filters(asked: QueryDict, places: list[Place]) -> Filters:
    chosen = {name: asked.get(name, "") for name in CHOICES}
    ids = {place.code: place.id for place in places}
    return Filters(
        **{name: value if value in CHOICES[name][1] else "" for name, value in chosen.items()},
        facility=ids.get(asked.get("facility", "")),
        owner=asked.get("owner", "")[:120],
    )


def _fields(filters: Filters, places: list[Place]) -> list[Context]:
    fields: list[Context] = [
        select(name, label, getattr(filters, name), words.items()) for name, (label, words) in CHOICES.items()
    ]
    at = next((place.code for place in places if place.id == filters.facility), "")
    fields.insert(3, select("facility", "Facility", at, ((place.code, place.name) for place in places)))
    fields.insert(4, text("owner", "Owner", filters.owner))
    return fields


def _after(asked: QueryDict) -> tuple[str, str]:
    try:
        code, sort = decode(CURSOR, asked.get("after", ""), size=2) if "after" in asked else ("", "")
    except BadCursor as exc:
        raise Http404 from exc
    return code, sort


def _next(fields: list[Context], last: EntrySeen) -> str:
    return query(fields, after=encode(CURSOR, (last.code, last.sort)))
