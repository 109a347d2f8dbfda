"""The pages of reference data: its kinds, the entities of one, and one entity with all of its days."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from integrations.catalogue.reference_kinds import Kind, kinds
from integrations.catalogue.register_fields import Field, parts
from integrations.models import BEGINNING, PlaceKind
from integrations.queries import reference as queries
from integrations.queries.facilities import Place, facilities_in
from integrations.queries.places import PlaceCount, place_counts
from integrations.queries.reference import FINDINGS, STATES, EntitySeen, KindCount, Wanted
from integrations.reference import entities
from integrations.reference.storing import timeline_of
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.cursors import BadCursor, decode, encode
from observability.core.filters import active, query, select, text
from observability.core.htmx import render_page

Context = dict[str, Any]
PAGE = 50
CURSOR = "reference"
PLACES: Mapping[PlaceKind, tuple[str, str]] = {
    PlaceKind.NETWORK: ("Networks", "All that is reported together."),
    PlaceKind.REGION: ("Regions", "A part of a network, as figures are rolled up and grants are given."),
    PlaceKind.FACILITY: ("Facilities", "A hospital, clinic or virtual service: what people's sight ends at."),
    PlaceKind.DEPARTMENT: ("Departments", "A part of a facility, as events name it."),
}
NOBODY = KindCount("", 0, 0, 0, 0, 0)


def kind_named(name: str) -> Kind:
    """Return a kind; an unknown one is a page that is not there."""
    if name not in kinds():
        raise Http404
    return kinds()[name]


def day_words(day: date | None, *, empty: str) -> str:
    """Write a day, or what its absence means."""
    return f"{day.day} {day:%b %Y}" if day and day != BEGINNING else empty


@require(Permission.SEE_CATALOGUE)
@require_GET
def reference(request: PersonRequest) -> HttpResponse:
    """List the kinds, how much of each has an owner, and what is missing."""
    at = now()
    places = facilities_in(scope=request.scope)
    counts = {each.kind: each for each in queries.counts_by_kind(scope=request.scope, today=at.date())}
    rows = [_kind_row(kind, counts.get(name, NOBODY)) for name, kind in kinds().items()]
    placed = {each.kind: each for each in place_counts(scope=request.scope, day=at.date())}
    rows += [_place_row(placed[kind]) for kind in PLACES if kind in placed]
    whole, owned = sum(row["count"].entities for row in rows), sum(row["count"].owned for row in rows)
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "entities": whole,
        "owned": owned,
        "unowned": whole - owned,
        "percent": 100 * owned // whole if whole else None,
        "rows": rows,
        "worklist": [
            {
                "words": FINDINGS[name],
                "kind": row["label"],
                "n": n,
                "url": f"{row['url']}?{row['asks']}finding={name}",
            }
            for row in rows
            for name in FINDINGS
            if (n := getattr(row["count"], name))
        ],
        "manages": entities.may_decide(request.scope),
    }
    return render_page(request, "integrations/reference.html", {"page": page}, fragment="reference")


def _place_row(count: PlaceCount) -> Context:
    known = KindCount(
        count.kind, count.entities, count.owned, count.no_owner, owner_left=0, no_steward=count.no_steward
    )
    label, means = PLACES[PlaceKind(count.kind)]
    return {
        "url": reverse("integrations:places"),
        "asks": f"kind={count.kind}&",
        "label": label,
        "means": means,
        "count": known,
        "percent": 100 * count.owned // count.entities if count.entities else None,
    }


def _kind_row(kind: Kind, count: KindCount) -> Context:
    return {
        "url": reverse("integrations:reference-kind", args=[kind.name]),
        "asks": "",
        "label": kind.plural,
        "means": kind.means,
        "count": count,
        "percent": 100 * count.owned // count.entities if count.entities else None,
    }


@require(Permission.SEE_CATALOGUE)
@require_GET
def kind(request: PersonRequest, kind: str) -> HttpResponse:
    """List the entities of a kind, and what its fields mean."""
    at, said = now(), kind_named(kind)
    places = facilities_in(scope=request.scope)
    wanted = _wanted(request.GET)
    fields = _filters(said, wanted)
    found = queries.entities_in(
        scope=request.scope,
        today=at.date(),
        kind=kind,
        wanted=wanted,
        after=_after(request.GET),
        limit=PAGE + 1,
    )
    rows = found[:PAGE]
    base = reverse("integrations:reference-kind", args=[kind])
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "kind": said,
        "above": kinds()[said.parent].label if said.parent else "",
        "url": base,
        "fields": fields,
        "active": active(fields, base),
        "rows": [entity_row(each) for each in rows],
        "next_url": query(fields, after=encode(CURSOR, (kind, rows[-1].code))) if len(found) > PAGE else None,
        "manages": entities.may_decide(request.scope),
    }
    return render_page(request, "integrations/reference_kind.html", {"page": page}, fragment="entities")


@require(Permission.SEE_CATALOGUE)
@require_GET
def entity(request: PersonRequest, kind: str, code: str) -> HttpResponse:
    """Show one entity: what holds today, what held and will hold, what belongs to it, who said so."""
    at, said = now(), kind_named(kind)
    seen = queries.entity_coded(scope=request.scope, today=at.date(), kind=kind, code=code)
    if seen is None:
        raise Http404
    places = facilities_in(scope=request.scope)
    stretches = timeline_of(kind, code)
    values = next(each.value for each in stretches if each.first == seen.valid_from)
    below = queries.entities_below(scope=request.scope, today=at.date(), entity_id=seen.id)
    page = {
        "at": at,
        "zone": places[0].zone if places else "UTC",
        "kind": said,
        "entity": seen,
        "state": STATES[seen.state],
        "findings": [FINDINGS[each] for each in seen.findings],
        "fields": [_field(spec, values, said, places) for spec in said.fields if spec.name != "code"],
        "versions": [
            {
                "first": day_words(each.first, empty="since ever"),
                "last": day_words(each.last, empty="goes on"),
                "now": each.holds_on(at.date()),
                "words": _difference(said, stretches[n - 1].value if n else {}, each.value, places),
            }
            for n, each in enumerate(stretches)
        ],
        "codes": [
            code_row(each)
            for each in queries.codes_of(scope=request.scope, today=at.date(), entity_id=seen.id)
        ],
        "below": [entity_row(each) | {"sort": kinds()[each.kind].label} for each in below],
        "history": [_changed(said, each, places) for each in _changes(request, seen, at.date())],
        "manages": entities.may_decide(request.scope),
    }
    return render_page(request, "integrations/reference_entity.html", {"page": page}, fragment="entity")


def _changes(request: PersonRequest, seen: EntitySeen, today: date) -> Iterable[queries.DatedChange]:
    return queries.changes_of(scope=request.scope, today=today, kind=seen.kind, code=seen.code)


def _changed(kind: Kind, each: queries.DatedChange, places: list[Place]) -> Context:
    specs = {spec.name: spec for spec in kind.fields}
    spec = specs.get(each.field)
    first = day_words(each.valid_from, empty="since ever")
    last = day_words(each.valid_to, empty="")
    return {
        "at": each.at,
        "who": each.who or "the shell",
        "field": spec.label if spec else each.field,
        "old": shown(spec, each.old, places) if spec else each.old,
        "new": shown(spec, each.new, places) if spec else each.new,
        "days": f"{first} to {last}" if last else first if each.valid_from == BEGINNING else f"from {first}",
    }


def _difference(
    kind: Kind, before: Mapping[str, str], after: Mapping[str, str], places: list[Place]
) -> list[str]:
    """Return in words what is different from the days before, or all that is said at first."""
    return [
        f"{spec.label}: {shown(spec, after[spec.name], places) or '—'}"
        for spec in kind.fields
        if spec.name != "code" and after[spec.name] != before.get(spec.name, "")
    ]


def _field(spec: Field, values: Mapping[str, str], kind: Kind, places: list[Place]) -> Context:
    said = values[spec.name]
    url = None
    if said and spec.name == "parent":
        url = reverse("integrations:reference-entity", args=[kind.parent, said])
    if said and spec.reads == "system":
        url = reverse("integrations:catalogue-entry", args=["system", said])
    return {"spec": spec, "value": shown(spec, said, places), "url": url}


def shown(spec: Field, said: str, places: list[Place]) -> str:
    """Return a value in words; a facility that one may not see is not named."""
    if spec.reads == "choice":
        return spec.choices.get(said, said)
    if spec.reads == "facilities":
        names = {place.code: place.name for place in places}
        return ", ".join(names[each] for each in parts(said) if each in names)
    return said


def code_row(seen: queries.CodeSeen) -> Context:
    """Return one line of a table of what others call something."""
    return {
        "authority": "every facility" if seen.authority == "*" else seen.authority,
        "code": seen.code,
        "first": day_words(seen.valid_from, empty="since ever"),
        "last": day_words(seen.valid_to, empty="goes on"),
    }


def entity_row(seen: EntitySeen) -> Context:
    """Return one line of a table of entities."""
    return {
        "url": reverse("integrations:reference-entity", args=[seen.kind, seen.code]),
        "code": seen.code,
        "name": seen.name,
        "parent": seen.parent,
        "owner": seen.owner,
        "steward": seen.steward,
        "first": day_words(seen.valid_from, empty="since ever"),
        "last": day_words(seen.valid_to, empty="goes on"),
        "state": seen.state,
        "state_words": STATES[seen.state],
        "findings": [FINDINGS[each] for each in seen.findings],
    }


def _wanted(asked: QueryDict) -> Wanted:
    state, finding = asked.get("state", ""), asked.get("finding", "")
    return Wanted(
        text=asked.get("text", "")[:80],
        parent=asked.get("parent", "")[:80],
        owner=asked.get("owner", "")[:120],
        state=state if state in STATES else "",
        finding=finding if finding in FINDINGS else "",
    )


def _filters(kind: Kind, wanted: Wanted) -> list[Context]:
    fields = [
        text("text", "Name or code", wanted.text),
        select("state", "State", wanted.state, STATES.items()),
        text("owner", "Owner", wanted.owner),
        select("finding", "Finding", wanted.finding, FINDINGS.items()),
    ]
    if kind.parent:
        fields.insert(1, text("parent", f"{kinds()[kind.parent].label} (code)", wanted.parent))
    return fields


def _after(asked: QueryDict) -> str:
    try:
        return decode(CURSOR, asked.get("after", ""), size=2)[1] if "after" in asked else ""
    except BadCursor as exc:
        raise Http404 from exc
