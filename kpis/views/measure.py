"""One measure and the transactions behind its numbers: `/kpis/<kpi>/`, `/kpis/<kpi>/transactions/`."""

from django.conf import settings
from django.http import Http404, HttpResponse

from kpis.catalogue import Kpi, UnknownKpi, kpi_named
from kpis.forms import asked, place
from kpis.queries.live import transactions_of
from kpis.queries.values import stored_by_payer
from kpis.show.listing import PAGE, Filter, listing
from kpis.show.measure import measure_page
from kpis.show.pickers import pickers
from kpis.show.read import NoSuchFacility, choose, read, today
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
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
    payers = stored_by_payer(scope=reading.chosen.scope, kpi=kpi, window=said.window)
    context = {
        "kpi": measure_page(kpi, reading, payers, settings.CURRENCY),
        "pickers": pickers(request.path, said, reading.chosen),
    }
    return render_page(request, "kpis/kpi.html", context, fragment="kpi")


@require(Permission.SEE_TRANSACTIONS)
def transactions(request: PersonRequest, key: str) -> HttpResponse:
    """List exactly the transactions that a part of a measure counts, as they are now."""
    kpi, at = _kpi(key), now()
    said = asked(request.GET, today=today(scope=request.scope, at=at))
    narrowed = Filter(
        request.GET.get("part") or None, request.GET.get("payer") or None, place(request.GET.get("after"))
    )
    try:
        chosen = choose(scope=request.scope, asked=said)
    except NoSuchFacility as exc:
        raise Http404 from exc
    found = transactions_of(
        scope=chosen.scope,
        kpi=kpi,
        part=narrowed.part,
        window=said.window,
        at=at,
        payer="" if narrowed.payer == "-" else narrowed.payer,
        after=narrowed.after,
        limit=PAGE + 1,
    )
    named = {row.workflow: declarations.latest(row.workflow) for row in found}
    titles = titles_of(chosen.scope, found, named)
    context = {"list": listing(kpi, said, narrowed, chosen, found, titles, at)}
    return render_page(request, "kpis/transactions.html", context, fragment="list")
