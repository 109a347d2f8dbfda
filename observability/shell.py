"""What stands around every page: where one can go, who is signed in as what, and what they see."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject

from integrations.ingest.codes import PARKED_CODES
from integrations.queries.set_aside import SetAside, set_aside
from observability import health
from observability.accounts import displays
from observability.accounts.models import User
from observability.accounts.people import facilities_here
from observability.accounts.queries.held import Holding
from observability.accounts.queries.opened import Opened, opened_shown
from observability.accounts.queries.shown import ShownGrant, grants_shown
from observability.accounts.roles import PERMISSIONS, Permission, Role
from observability.accounts.scopes import Scope
from observability.accounts.viewing import Viewing, viewing
from observability.core.clock import now

P = Permission
SEARCH = "/transactions/"
CATALOGUE = "/catalogue/"
INVENTORY = "/catalogue/inventory/"
RETENTION = "/catalogue/retention/"
PAGES = (
    (("Board", "/", P.SEE_BOARD), ("Transactions", SEARCH, P.SEE_TRANSACTIONS)),
    (("Connectors", "/connectors/", P.SEE_CONNECTORS), ("API", "/api/docs/", P.SEE_API_DOCS)),
    (
        ("Catalogue", CATALOGUE, P.SEE_CATALOGUE),
        ("Reference data", "/reference/", P.SEE_CATALOGUE),
        ("Data inventory", INVENTORY, P.SEE_INVENTORY),
        ("Retention", RETENTION, P.SEE_RETENTION),
        ("Access", "/access/", P.SEE_ACCESS),
        ("Audit", "/audit/", P.SEE_AUDIT),
        ("Break the glass", "/access/glass/", P.BREAK_GLASS),
    ),
)
UNDER_BOARD = "/kpis/"  # a measure's page is reached from the board


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the rail; `count` is what waits there, None where nothing is counted."""

    label: str
    url: str
    current: bool
    count: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What somebody has to see to, and where; shown to who may act on it until it is gone."""

    words: str
    url: str
    link: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What base.html shows around a page."""

    nav: list[list[Link]]
    name: str
    role: str
    scope: str
    sign_out_url: str
    search_url: str
    search_q: str
    degraded: tuple[str, ...]
    troubles: tuple[Trouble, ...] = ()
    opened: tuple[Opened, ...] = ()
    account_url: str = ""
    viewing: Viewing | None = None


def shell(request: HttpRequest) -> dict[str, object]:
    """Give every template `shell`; a fragment that does not use it costs no query."""
    return {"shell": SimpleLazyObject(lambda: shell_of(request))}


def shell_of(request: HttpRequest) -> Shell | None:
    """Return the shell of somebody signed in, else None."""
    wall = displays.asking(request)
    if wall is not None:
        return _around_a_wall(wall)
    user = request.user
    if not isinstance(user, User):
        return None
    seen_as = viewing(request, at=now())
    if seen_as is not None:
        return _seen_as(request, seen_as)
    grants = grants_shown(user_id=user.pk, today=now().date())
    may = frozenset[Permission]().union(*(PERMISSIONS[Role(grant.role)] for grant in grants))
    roles = sorted({grant.role.capitalize() for grant in grants})
    searches = P.SEE_TRANSACTIONS in may and _exists(SEARCH)
    return Shell(
        nav=[group for group in (_links(pages, may, request.path) for pages in PAGES) if group],
        name=user.get_full_name() or user.get_username(),
        role=", ".join(roles) or "No role yet",
        scope=scope_words(grants),
        sign_out_url=reverse("accounts:sign-out"),
        search_url=SEARCH if searches else "",
        search_q=getattr(request, "pasted", ""),
        degraded=health.troubles(),
        troubles=_troubles(request),
        opened=_opened(request),
        account_url=reverse("accounts:account"),
    )


def _seen_as(request: HttpRequest, seen_as: Viewing) -> Shell:
    """Return what stands around a page for who sees as somebody else: no search either, which posts."""
    may = frozenset(seen_as.theirs.cells)
    return Shell(
        nav=[group for group in (_links(pages, may, request.path) for pages in PAGES) if group],
        name=seen_as.name,
        role="Seen as they see it",
        scope="As far as you may see it yourself",
        sign_out_url=reverse("accounts:sign-out"),
        search_url="",
        search_q="",
        degraded=health.troubles(),
        opened=_opened(request),
        viewing=seen_as,
    )


def _around_a_wall(wall: displays.Showing) -> Shell:
    """Return what stands around a display: which facilities it shows, what does not work, and no way out."""
    names = [place.name for place in facilities_here(scope=wall.scope)]
    return Shell(
        nav=[],
        name=wall.name,
        role="",
        scope=", ".join(names),
        sign_out_url="",
        search_url="",
        search_q="",
        degraded=health.troubles(),
    )


def _troubles(request: HttpRequest) -> tuple[Trouble, ...]:
    """Return what was set aside of the connectors that this person manages."""
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None or not scope.allows(P.MANAGE_CONNECTORS):
        return ()
    return tuple(_trouble(each) for each in set_aside(scope=scope.to(P.MANAGE_CONNECTORS)))


def _trouble(each: SetAside) -> Trouble:
    many = "one request is" if each.requests == 1 else f"{each.requests:,} requests are"
    why = PARKED_CODES.get(each.code, "").rstrip(".")
    return Trouble(
        words=f"{each.title}: {many} set aside and in no figure. {why} ({each.code}).",
        url=reverse("integrations:connector", args=[each.name]) + "#parked",
        link="See what is parked",
    )


def _opened(request: HttpRequest) -> tuple[Opened, ...]:
    """Return the glasses that stand open: every page says so. Without one it costs no query."""
    holding: Holding | None = getattr(request, "holding", None)
    return tuple(opened_shown(sorted(holding.opened))) if holding and holding.opened else ()


def scope_words(grants: Iterable[ShownGrant]) -> str:
    """Say where somebody sees something: everywhere, one or two places by name, or one and how many more."""
    names = [grant.place for grant in grants]
    if None in names:
        return "All facilities"
    known = sorted({name for name in names if name})
    if not known:
        return "No facility yet"
    return " and ".join(known) if len(known) <= 2 else f"{known[0]} and {len(known) - 1} more"


def _links(pages: Iterable[tuple[str, str, Permission]], may: frozenset[Permission], path: str) -> list[Link]:
    return [
        Link(label, url, current=_holds(url, path))
        for label, url, permission in pages
        if permission in may and _exists(url)
    ]


def _holds(url: str, path: str) -> bool:
    if url == "/":
        return path == "/" or path.startswith(UNDER_BOARD)
    if url == CATALOGUE and path.startswith((INVENTORY, RETENTION)):
        return False
    return path.startswith(url)


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
