"""`/audit/`: who saw and did what, one row of it, and both by a pasted identifier."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import OperationalError, transaction
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from integrations.queries.facilities import Place, facilities_in
from observability.accounts import audit
from observability.accounts.checking import standing
from observability.accounts.guard import PersonRequest, require
from observability.accounts.looks import note_look
from observability.accounts.people import people
from observability.accounts.roles import Permission
from observability.auditing import asked as asking
from observability.auditing import exports, told
from observability.auditing.queries.names import names_of
from observability.auditing.queries.rows import (
    AuditSeen,
    Many,
    counted,
    reads_everything,
    row_numbered,
    rows_in,
)
from observability.core import cursors
from observability.core.clock import now
from observability.core.filters import active, query
from observability.core.htmx import render_page
from tracing import pasted, searches

PAGE = 50
CURSOR = "audit"
TOO_LONG = "This took too long to look up. Narrow the days, or take a filter away."
GONE = "What was pasted is not known to your session any more. Paste it again."
TOO_MANY = "More than {:,} rows match: choose fewer days or one person, so that nothing is left out."


@require(Permission.SEE_AUDIT)
@require_GET
def rows(request: PersonRequest) -> HttpResponse:
    """List the acts that the address asks for, newest first. That somebody read it is an act as well."""
    at, places = now(), facilities_in(scope=request.scope)
    zone = places[0].zone if places else "UTC"
    reference = request.GET.get("search", "")
    text = searches.recall(request.session, reference) if reference else None
    said = _said(request, zone, text)
    notes = [f"Could not be read, so left out: {', '.join(said.unreadable)}."] if said.unreadable else []
    notes += [GONE] if reference and text is None else []
    edge, newer = _edge(request.GET)
    try:
        found = rows_in(scope=request.scope, asked=said.asked, edge=edge, newer=newer, limit=PAGE + 1)
    except OperationalError:
        found = []
        notes.append(TOO_LONG)
    more = len(found) > PAGE
    shown = (found[1:] if newer else found[:PAGE]) if more else found
    _note(request, at, "audit", "", {"rows": len(shown)}, text)
    kept = {"search": reference} if text is not None else {}
    base = reverse("audit:rows")
    newest = edge is None or (newer and not more)
    page = {
        "at": at,
        "zone": zone,
        "pasted": text or "",
        "reference": reference,
        "without_url": base + query(said.fields),
        "fields": said.fields,
        "active": active(said.fields, base, **kept),
        "url": base,
        "notes": notes,
        "rows": told.rows(shown, names_of(scope=request.scope, rows=shown), request.scope, places),
        "newer_url": _page(said, kept, base, before=shown[0]) if shown and not newest else None,
        "older_url": _page(said, kept, base, after=shown[-1]) if shown and (more or newer) else None,
        "where": f"Newest {len(shown)}" if newest else "",
        "exports": [
            {"label": label, "url": reverse("audit:export", args=[form]) + query(said.fields, **kept)}
            for form, label in exports.FORMS.items()
        ],
        "chain": told.chain(standing(), at),
        "everything": reads_everything(scope=request.scope),
    }
    return render_page(request, "audit/rows.html", {"page": page}, fragment="rows")


@require(Permission.SEE_AUDIT)
@require_POST
def search(request: PersonRequest) -> HttpResponse:
    """Take a pasted identifier; the address of the answer carries a reference to it, never the text."""
    text = request.POST.get("identifier", "").strip()[: pasted.MAX_CHARACTERS]
    if not text:
        return HttpResponseRedirect(reverse("audit:rows"))
    reference = searches.remember(request.session, text)
    return HttpResponseRedirect(f"{reverse('audit:rows')}?{urlencode({'search': reference})}")


@require(Permission.SEE_AUDIT)
@require_GET
def row(request: PersonRequest, seq: int) -> HttpResponse:
    """Show all that one row says; one outside of the scope is as absent as one that never was."""
    at, places = now(), facilities_in(scope=request.scope)
    seen = row_numbered(scope=request.scope, seq=seq)
    if seen is None:
        raise Http404
    _note(request, at, "audit_row", str(seq), None, None)
    zone = _zone_of(seen, places)
    page = {
        "at": at,
        "zone": zone,
        "row": told.rows([seen], names_of(scope=request.scope, rows=[seen]), request.scope, places)[0],
        "facts": told.facts(seen, places, whole=reads_everything(scope=request.scope)),
        "chain": told.chained(seen),
    }
    return render_page(request, "audit/row.html", {"page": page}, fragment="row")


@require(Permission.SEE_AUDIT)
@require_GET
def export(request: PersonRequest, form: str) -> HttpResponseBase:
    """Return what the page lists as a file, whole or not at all; on record before its first line leaves."""
    if form not in exports.FORMS:
        raise Http404
    at, places = now(), facilities_in(scope=request.scope)
    reference = request.GET.get("search", "")
    text = searches.recall(request.session, reference) if reference else None
    said = _said(request, places[0].zone if places else "UTC", text)
    many, refused = _countable(request, said, gone=bool(reference) and text is None)
    if many is None:
        messages.error(request, refused, extra_tags="bad")
        return HttpResponseRedirect(f"{reverse('audit:rows')}?{request.GET.urlencode()}")
    with transaction.atomic():
        audit.record(
            audit.Act.AUDIT_EXPORTED,
            user=request.user,
            object_type="audit",
            object_id=form,
            at=at,
            changes={"rows": many.n},
            mentions=[asking.searched(text)] if text is not None else [],
            facility_ids=_concerned(request),
        )
    return exports.as_stream(form, scope=request.scope, asked=said.asked, many=many, places=places, at=at)


def _countable(request: PersonRequest, said: asking.Said, *, gone: bool) -> tuple[Many | None, str]:
    """Return what an export would hold; None and why where it would not be just what was asked for."""
    if gone:
        return None, GONE
    if said.unreadable:
        return None, f"Could not be read: {', '.join(said.unreadable)}."
    most = settings.AUDIT_EXPORT_ROWS
    try:
        many = counted(scope=request.scope, asked=said.asked, most=most)
    except OperationalError:
        return None, TOO_LONG
    return (many, "") if many.n <= most else (None, TOO_MANY.format(most))


def _said(request: PersonRequest, zone: str, text: str | None) -> asking.Said:
    today, who = now().date(), request.GET.get("who", "").strip()
    known = people(scope=request.scope, today=today)
    if who and all(each.username != who for each in known):  # there are more people than one list holds
        known += people(scope=request.scope, today=today, username=who)
    return asking.read(request.GET, scope=request.scope, people=known, zone=zone, text=text)


def _edge(given: QueryDict) -> tuple[int | None, bool]:
    for name, newer in (("after", False), ("before", True)):
        text = given.get(name)
        if text:
            try:
                return int(cursors.decode(CURSOR, text, size=1)[0]), newer
            except (cursors.BadCursor, ValueError):
                return None, False
    return None, False


def _page(said: asking.Said, kept: dict[str, str], base: str, **edge: AuditSeen) -> str:
    (name, row), *_ = edge.items()
    return base + query(said.fields, **kept, **{name: cursors.encode(CURSOR, (str(row.seq),))})


def _note(request: PersonRequest, at: datetime, sort: str, id: str, changes: Any, text: str | None) -> None:
    note_look(
        audit.Act.AUDIT_VIEWED,
        user=request.user,
        object_type=sort,
        object_id=id,
        at=at,
        asked=request.GET.urlencode(),
        changes=changes,
        mentions=lambda: [asking.searched(text)] if text is not None else [],
        facility_ids=_concerned(request),
    )


def _concerned(request: PersonRequest) -> tuple[int, ...]:
    """Return what reading the audit is about: the facilities read, or the installation."""
    return () if reads_everything(scope=request.scope) else request.scope.facility_ids


def _zone_of(seen: AuditSeen, places: list[Place]) -> str:
    """Return the zone that a row's time is told in: of its facility, else of the reader's first one."""
    zones = {place.id: place.zone for place in places}
    own = [zones[id] for id in seen.facility_ids if id in zones]
    return own[0] if own else places[0].zone if places else "UTC"
