"""What an address asks of the audit: the fields of its filter bar, and the rows that these choose."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import QueryDict

from observability.accounts.audit import Act
from observability.accounts.people import Person
from observability.accounts.roles import Permission
from observability.accounts.scopes import Scope
from observability.auditing import words
from observability.auditing.queries.rows import Asked
from observability.core import filters, keyring
from tracing import pasted
from tracing.finding import find
from tracing.forms import FIRST_YEAR, LAST_YEAR
from tracing.queries.earlier import earlier
from tracing.queries.issuers import issuers_in

ABOUT = "connector:12"


@dataclass(frozen=True, slots=True)
class Said:
    """What the address said, and what of it could not be read."""

    asked: Asked
    fields: list[dict[str, Any]]
    unreadable: tuple[str, ...]


def read(given: QueryDict, *, scope: Scope, people: Iterable[Person], zone: str, text: str | None) -> Said:
    """Return what the address asks for; `text` is what somebody pasted. Days are those of `zone`."""
    by_name = {person.username: person for person in people}
    who, act, about = (given.get(name, "").strip() for name in ("who", "act", "about"))
    sort, _, id = about.partition(":")
    since, bad_since = _day(given.get("since", ""), zone)
    until, bad_until = _day(given.get("until", ""), zone)
    unreadable = [
        label
        for label, bad in (
            ("Person", bool(who) and who not in by_name),
            ("Act", bool(act) and act not in set(Act)),
            ("Object", bool(about) and not (sort and id)),
            ("From", bad_since),
            ("To", bad_until),
        )
        if bad
    ]
    tokens, transactions = _named(scope, text) if text is not None else (None, ())
    asked = Asked(
        user_id=by_name[who].id if who in by_name else None,
        act=act if act in set(Act) else None,
        object_type=sort if sort and id else None,
        object_id=id,
        tokens=tokens,
        transactions=transactions,
        since=since,
        until=until + timedelta(days=1) if until else None,
    )
    return Said(asked, _fields(given, by_name.values()), tuple(unreadable))


def searched(text: str) -> Any:
    """Return the token of what somebody pasted, whatever it names."""
    return pasted.searched(text, veil_key=keyring.veil_key())


def _named(scope: Scope, text: str) -> tuple[Any, Any]:
    """Return every token that a pasted text could be, and the transactions that it names."""
    readings = pasted.read(text, id_key=keyring.id_key(), issuers=issuers_in(scope=scope))
    seen = scope.to(Permission.SEE_TRANSACTIONS)
    found = find(scope=seen, readings=readings, hub_size=settings.HUB_TRANSACTIONS)
    whole = {searched(text), *readings.tokens, *found.ids} | ({readings.id} if readings.id else set())
    # Audit rows keep the tokens of their time.
    return tuple(sorted(whole | earlier(scope=scope, names=whole))), tuple(found.ids)


def _fields(given: QueryDict, people: Iterable[Person]) -> list[dict[str, Any]]:
    named = [(person.username, f"{person.name or person.username} ({person.username})") for person in people]
    acts = sorted(((str(each), words.act(each)) for each in Act), key=lambda pair: pair[1])
    about = filters.text("about", "Object", given.get("about", "")) | {"placeholder": ABOUT}
    return [
        filters.select("who", "Person", given.get("who", ""), named),
        filters.select("act", "Act", given.get("act", ""), acts),
        about,
        filters.text("since", "From", given.get("since", "")) | {"type": "date"},
        filters.text("until", "To, inclusive", given.get("until", "")) | {"type": "date"},
    ]


def _day(said: str, zone: str) -> tuple[datetime | None, bool]:
    if not said:
        return None, False
    try:
        day = date.fromisoformat(said)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return datetime.combine(day, time.min, ZoneInfo(zone)), False
    except ValueError:
        pass
    return None, True
