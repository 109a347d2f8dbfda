"""The board: `/`."""

from django.conf import settings
from django.http import Http404, HttpResponse

from kpis.forms import asked
from kpis.show.board import board as put_together
from kpis.show.pickers import pickers
from kpis.show.read import NoSuchFacility, read, today
from observability.accounts.displays import asking
from observability.accounts.guard import PersonRequest, require
from observability.accounts.roles import Permission
from observability.core.clock import now
from observability.core.htmx import render_page


@require(Permission.SEE_BOARD, displays=True)
def board(request: PersonRequest) -> HttpResponse:
    """Show what stands still, the measures, where the claims are, why payers deny, each facility."""
    at = now()
    said = asked(request.GET, today=today(scope=request.scope, at=at))
    try:
        reading = read(scope=request.scope, asked=said, at=at)
    except NoSuchFacility as exc:
        raise Http404 from exc
    shown = put_together(reading, settings.CURRENCY)
    wall = asking(request)
    if wall is not None:
        return render_page(request, "kpis/wall.html", {"board": shown, "wall": wall}, fragment="wall")
    context = {"board": shown, "pickers": pickers(request.path, said, reading.chosen)}
    return render_page(request, "kpis/board.html", context, fragment="board")
