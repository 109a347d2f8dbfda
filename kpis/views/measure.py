"""One measure and the transactions behind its numbers: `/kpis/<kpi>/`, `/kpis/<kpi>/transactions/`."""

from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from integrations.catalogue.retention import policies
from integrations.queries.reference import names_of
from kpis.catalogue import Kpi, UnknownKpi, kpi_named
from kpis.forms import Asked, asked, place
from kpis.queries.frozen import frozen_days
from kpis.queries.live import ListedTransaction, transactions_of
from kpis.queries.values import stored_by_payer
from kpis.queries.window import Window
from kpis.show import counts as shown_counts
from kpis.show import links, words
from kpis.show.listing import PAGE, Filter, listing
from kpis.show.measure import measure_page
from kpis.show.pickers import pickers
from kpis.show.read import Chosen, NoSuchFacility, choose, read, today
from observability.accounts import audit
from observability.accounts.guard import PersonRequest, require
from observability.accounts.looks import note_look
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.core.clock import now
from observability.core.downloads import as_csv_file
from observability.core.htmx import render_page
from tracing import declarations
from tracing.titles import titles_of


def _kpi(key: str) -> Kpi:
    try:
        return kpi_named(key)
    except UnknownKpi as exc:
        raise Http404 from exc


@require(Permission.SEE_BOARD)
def measure(request: PersonRequest, key: str) -> HttpResponse:
    """Show one measure: figures, trend, breakdowns, definition."""
    kpi, at = _kpi(key), now()
    said = asked(request.GET, today=today(scope=request.scope, at=at))
    try:
        reading = read(scope=request.scope, asked=said, at=at, kpis=[kpi])
    except NoSuchFacility as exc:
        raise Http404 from exc
    payers = stored_by_payer(scope=reading.chosen.scope, kpi=kpi, window=reading.chosen.within(said.window))
    names = names_of(scope=request.scope, kind="payer", codes={row.name for row in payers}, on=at.date())
    page = measure_page(kpi, reading, payers, names, settings.CURRENCY)
    context = {
        "kpi": replace(page, notes=[*page.notes, *_frozen(kpi, reading.chosen, said, at)]),
        "counts_url": links.counts(kpi, said),
        "pickers": pickers(request.path, said, reading.chosen),
    }
    return render_page(request, "kpis/kpi.html", context, fragment="kpi")


@require(Permission.SEE_BOARD)
@require_GET
def counts(request: PersonRequest, key: str) -> HttpResponse:
    """Return the counts of one measure as CSV for others to read: without small ones. Leaves an audit row.

    Always of all facilities of the scope: what is withheld in this table could stand in that of one of them.
    """
    kpi, at = _kpi(key), now()
    said = replace(asked(request.GET, today=today(scope=request.scope, at=at)), facility="")
    reading = read(scope=request.scope, asked=said, at=at, kpis=[kpi])
    audit.record_export(
        audit.Act.MEASURE_EXPORTED,
        user=request.user,
        what="kpi",
        which=kpi.key,
        at=at,
        facility_ids=[each.id for each in reading.chosen.chosen],
    )
    columns, rows = shown_counts.counts(kpi, reading)
    name = f"{kpi.key.lower()}-{said.start}-{said.stop - timedelta(days=1)}.csv"
    return as_csv_file(columns, rows, name=name, notes=shown_counts.notes(kpi, reading))


@require(Permission.SEE_TRANSACTIONS)
def transactions(request: PersonRequest, key: str) -> HttpResponse:
    """List exactly the transactions that a part of a measure counts, as they are now."""
    kpi, at = _kpi(key), now()
    said = asked(request.GET, today=today(scope=request.scope, at=at))
    narrowed = _narrowed(request)
    try:
        chosen = choose(scope=request.scope, asked=said)
    except NoSuchFacility as exc:
        raise Http404 from exc
    found = _found(kpi, chosen.within(said.window), narrowed, chosen.scope, at)
    if found:
        note_look(
            audit.Act.TRANSACTIONS_LISTED,
            user=request.user,
            object_type="page",
            object_id="kpis:transactions",
            at=at,
            asked=f"{kpi.key}?{request.GET.urlencode()}",
            changes={"rows": min(len(found), PAGE)},
            mentions=lambda: [row.id for row in found[:PAGE]],
            facility_ids={row.facility_id for row in found[:PAGE]},
        )
    named = {row.workflow: declarations.latest(row.workflow) for row in found or ()}
    titles = titles_of(chosen.scope, found or (), named)
    shown = listing(kpi, said, narrowed, chosen, found, titles, at)
    context = {"list": replace(shown, filters=[*shown.filters, *_frozen(kpi, chosen, said, at)])}
    return render_page(request, "kpis/transactions.html", context, fragment="list")


def _frozen(kpi: Kpi, chosen: Chosen, said: Asked, at: datetime) -> list[str]:
    if said.start >= policies()["transactions"].cutoff(at).date():
        return []  # nothing that began since can have been purged
    window = chosen.within(said.window)
    return words.frozen(frozen_days(scope=chosen.scope, workflow=kpi.workflow, window=window))


def _narrowed(request: PersonRequest) -> Filter:
    given = request.GET
    return Filter(given.get("part") or None, given.get("payer") or None, place(given.get("after", "")))


def _found(
    kpi: Kpi, window: Window, narrowed: Filter, scope: Scope, at: datetime
) -> list[ListedTransaction] | None:
    try:
        return transactions_of(
            scope=scope,
            kpi=kpi,
            part=narrowed.part,
            window=window,
            at=at,
            payer="" if narrowed.payer == "-" else narrowed.payer,
            after=narrowed.after,
            limit=PAGE + 1,
        )
    except OperationalError:
        return None  # its time limit; the page says what to do
