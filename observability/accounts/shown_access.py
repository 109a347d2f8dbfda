"""Pure: grants in the words and columns of pages and exports."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from observability.accounts.explaining import cell_words
from observability.accounts.people import FacilityHere, GrantSeen
from observability.accounts.places import PlaceHere
from observability.accounts.queries.held import Holding
from observability.accounts.roles import Domain, Role

UNUSED_DAYS = 90
NAMED = 4  # facilities of a place in a list to choose from
COLUMNS = (
    "person",
    "active",
    "last sign-in",
    "role",
    "place",
    "facilities today",
    "domain",
    "privacy classes",
    "from",
    "to",
    "given at",
    "given by",
    "reason",
    "last use",
    "ended at",
    "reviewed at",
    "reviewed by",
    "asks for a look",
)


def words(name: str) -> str:
    """Return a name of ours as people read it."""
    return name.replace("_", " ").capitalize()


def flags(grant: GrantSeen, at: datetime) -> list[str]:
    """Say what about a standing grant asks for a look."""
    if grant.ended_at is not None:
        return []
    quiet, found = timedelta(days=UNUSED_DAYS), []
    if not grant.active:
        found.append("leaver")
    if grant.valid_to is not None and grant.valid_to < at.date():
        found.append("expired")
    if grant.place_id is not None and not grant.gives and not grant.beyond:
        found.append("its place gives nothing today")
    if grant.last_login is None:
        found.append("never signed in")
    elif at - grant.last_login > quiet:
        found.append(f"not signed in for {UNUSED_DAYS} days")
    if grant.last_used_on is not None and at.date() - grant.last_used_on > quiet:
        found.append(f"not used for {UNUSED_DAYS} days")
    return found


def reviewed(grants: Iterable[GrantSeen], at: datetime) -> list[dict[str, Any]]:
    """Return standing grants with what asks for a look, those first."""
    rows = [seen(grant, at) for grant in grants]
    return sorted(rows, key=lambda row: not row["flags"])


def seen(grant: GrantSeen, at: datetime) -> dict[str, Any]:
    """Return one grant with where it holds, in words, and what asks for a look."""
    return {"grant": grant, "where": where(grant), "gives": gives(grant), "flags": flags(grant, at)}


def exported(grants: Iterable[GrantSeen], at: datetime) -> Iterable[Sequence[object]]:
    """Return the rows of COLUMNS; times are UTC."""
    for grant in grants:
        yield (
            grant.username,
            "yes" if grant.active else "no",
            _time(grant.last_login),
            grant.role,
            where(grant, everywhere="everywhere"),
            gives(grant),
            grant.domain or "every domain",
            " ".join(grant.classes),
            grant.valid_from,
            grant.valid_to,
            _time(grant.granted_at),
            grant.granted_by,
            grant.reason,
            grant.last_used_on,
            _time(grant.ended_at),
            _time(grant.reviewed_at),
            grant.reviewed_by,
            ", ".join(flags(grant, at)),
        )


def may(holding: Holding, names: Mapping[int, str]) -> list[dict[str, str]]:
    """Return what somebody may see and do, permission by permission, at the facilities named."""
    rows = []
    for permission, cells in sorted(holding.cells.items()):
        here = [cell_words(names[id], there) for id, there in sorted(cells.items()) if id in names]
        if here:
            rows.append({"permission": words(permission), "where": "; ".join(here)})
    return rows


def where(grant: GrantSeen, *, everywhere: str = "Everywhere") -> str:
    """Name the place of a grant."""
    if grant.place_id is not None:
        return f"{grant.place} ({grant.place_kind})" if grant.place else "a place that is no more"
    return everywhere if grant.facility_id is None else grant.facility or "a facility that is no more"


def gives(grant: GrantSeen) -> str:
    """Name the facilities that a grant of a place gives today; empty for one that ended and any other."""
    if grant.place_id is None or grant.ended_at is not None:
        return ""
    said = list(grant.gives)
    if grant.beyond:
        said.append(
            f"{grant.beyond} more that you do not see" if said else f"{grant.beyond} that you do not see"
        )
    return ", ".join(said) or "no facility today"


def options(
    facilities: Sequence[FacilityHere], places: Sequence[PlaceHere], *, everywhere: bool
) -> dict[str, Any]:
    """Return the choices of the form that gives a grant; the widest come last, so none is given in haste."""
    chosen = [{"value": f"facility-{each.id}", "label": each.name} for each in facilities]
    chosen += [{"value": f"place-{each.id}", "label": _place_words(each)} for each in places]
    if everywhere:
        chosen.append({"value": "everywhere", "label": "Everywhere, also in later facilities"})
    return {
        "roles": [{"value": role.value, "label": words(role)} for role in Role],
        "places": chosen,
        "domains": [{"value": each.value, "label": words(each)} for each in Domain],
    }


def _place_words(place: PlaceHere) -> str:
    names = ", ".join(place.facilities[:NAMED])
    more = len(place.facilities) - NAMED
    said = f"{names} and {more} more" if more > 0 else names
    return f"{place.name} ({place.kind}): {said or 'no facility'} today"


def _time(at: datetime | None) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else ""
