"""Why does somebody see a page or a transaction, or not? Asked of the same grants that open it."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.urls import Resolver404, resolve

from observability.accounts import audit
from observability.accounts.models import User
from observability.accounts.people import facilities_here
from observability.accounts.queries.held import Holding
from observability.accounts.roles import Domain, Permission, PrivacyClass, Role
from observability.accounts.scopes import Scope, scope_of

NO_PAGE = "There is no such page."
NO_RIGHT = "Opening it takes the right “{right}”, which no grant of theirs gives {here}."
HELD = "The right “{right}” is held at: {where}."
PAGE_ONLY = "That is about the page: what else this address names may not be there for them."
NO_OBJECT = "There is none of this id {here}."
HERE = "at the facilities that you decide on"
ELSEWHERE = "It belongs to {facility}, where that right is not held."
OTHER_DOMAIN = "It is about {domain}; at {facility} the right is held for {held} only."
WITHIN = "It belongs to {facility} and is about {domain}: within that right."
UNLESS = (
    "It is not there for them if its department is one of the sensitive ones of {facility}: the class "
    "sensitive is not held. Whether it is, is not told here."
)
MASKED = "Identifiers are masked."
REVEALED = "Identifiers are masked; a reveal with a reason shows them for a while."
NO_IDENTIFIERS = "Identifiers are not shown: the class identifier is not held."
NO_WORKFORCE = "Fields of workforce data are not shown: the class workforce is not held."


@dataclass(frozen=True, slots=True)
class Placement:
    """Where something belongs that has an address of its own."""

    facility_id: int
    domain: Domain


@dataclass(frozen=True, slots=True)
class Door:
    """A page, as an address names it; `permission` is None where it asks for no grant."""

    view: str
    permission: Permission | None
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether somebody sees it, in a word and with the reasons."""

    sees: str  # yes, no, or unless (its department is sensitive)
    because: list[str]


Placer = Callable[[Scope, Mapping[str, object]], Placement | None]
_placers: dict[str, Placer] = {}


def place_by(view: str, placer: Placer) -> None:
    """Let a domain say where the object of one of its pages belongs, within a scope."""
    _placers[view] = placer


def is_placed(view: str) -> bool:
    """Say whether it can be told where the object of a page belongs."""
    return view in _placers


def door_of(address: str) -> Door | None:
    """Read an address, with or without its host, or the id of a transaction. None where there is no page."""
    text = address.strip()
    with suppress(ValueError):
        text = f"/transactions/{UUID(text)}/"
    try:
        match = resolve(urlsplit(text).path)
    except (Resolver404, ValueError):
        return None
    return Door(match.view_name, getattr(match.func, "permission", None), match.kwargs)


def explain(
    *, scope: Scope, by: User, about: User | Role, theirs: Holding, door: Door | None, at: datetime
) -> Explanation:
    """Answer `by`, who sees access in `scope`, about somebody who holds `theirs` there; on record.

    `about` is that person, or the role of a grant that nobody holds yet.
    """
    mentions = [each for each in door.arguments.values() if isinstance(each, UUID)] if door else []
    with transaction.atomic():
        audit.record(
            audit.Act.ACCESS_EXPLAINED,
            user=by,
            object_type="user" if isinstance(about, User) else "role",
            object_id=about.pk if isinstance(about, User) else about,
            at=at,
            reason=door.view if door else "",
            mentions=mentions,
        )
    if door is None:
        return Explanation("no", [NO_PAGE])
    if door.permission is None:
        return Explanation("yes", ["It asks for no grant."])
    return _explained(scope, theirs, door, door.permission)


def _explained(scope: Scope, theirs: Holding, door: Door, permission: Permission) -> Explanation:
    right = permission.replace("_", " ")
    names = {each.id: each.name for each in facilities_here(scope=scope)}
    seen = scope_of(theirs, permission)
    if not seen.facility_ids:
        return Explanation("no", [NO_RIGHT.format(right=right, here=HERE)])
    where = "; ".join(cell_words(names[id], seen.reach[id]) for id in seen.facility_ids if id in names)
    held = HELD.format(right=right, where=where)
    placer = _placers.get(door.view)
    if placer is None:
        return Explanation("yes", [held, PAGE_ONLY] if door.arguments else [held])
    placed = placer(scope, door.arguments)
    if placed is None:
        return Explanation("no", [held, NO_OBJECT.format(here=HERE)])
    sees, because = _placed(seen, placed, names[placed.facility_id])
    return Explanation(sees, [held, *because])


def _placed(seen: Scope, placed: Placement, facility: str) -> tuple[str, list[str]]:
    id, domain = placed.facility_id, placed.domain
    if not seen.sees(id):
        return "no", [ELSEWHERE.format(facility=facility)]
    if not seen.sees(id, domain):
        held = ", ".join(sorted(seen.reach[id]))
        return "no", [OTHER_DOMAIN.format(domain=domain, facility=facility, held=held)]
    because = [WITHIN.format(facility=facility, domain=domain)]
    if not seen.holds(PrivacyClass.IDENTIFIER, id, domain):
        because.append(NO_IDENTIFIERS)
    else:
        because.append(REVEALED if seen.allows_at(Permission.REVEAL, id, domain) else MASKED)
    if not seen.holds(PrivacyClass.WORKFORCE, id, domain):
        because.append(NO_WORKFORCE)
    if any(seen.protects(id, domain, department) for department in seen.protected.get(id, ())):
        return "unless", [*because, UNLESS.format(facility=facility)]
    return "yes", because


def cell_words(name: str, there: Mapping[Domain, frozenset[PrivacyClass]]) -> str:
    """Write one facility of a permission: with its domains, where they are not all, and the named classes."""
    said = [] if len(there) == len(Domain) else [", ".join(sorted(there))]
    named = {PrivacyClass.SENSITIVE, PrivacyClass.WORKFORCE} & frozenset().union(*there.values())
    said += [f"with {each}" for each in sorted(named)]
    return f"{name} ({', '.join(said)})" if said else name
