"""The filters of the list of transactions: read from an address, and written back into one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.http import urlencode

from integrations.queries.connectors import Sender
from integrations.queries.facilities import Place
from observability.core.filters import select
from observability.core.status import status_of
from tracing import words
from tracing.queries.listing import Filters
from tracing.rules.workflow import Workflow
from tracing.states import PHASES, State

WINDOW_DAYS = 30
EVERYTHING = "all"
FIRST_YEAR, LAST_YEAR = 1900, 2999
NAMES = (
    "search",
    "workflow",
    "state",
    "outcome",
    "facility",
    "connector",
    "seen_from",
    "seen_to",
    "amount_from",
    "amount_to",
    "late",
    "seen",
)


@dataclass(slots=True)
class Asked:
    """What an address asks for, as far as it could be read."""

    given: dict[str, str]  # the filters in use, as they stand in the address
    filters: Filters
    place: Place | None  # the one facility asked for
    zone: str
    unreadable: list[str] = field(default_factory=list)  # labels of filters that were left out

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.given)

    def url(self, base: str, **changes: str | None) -> str:
        """Return the address of the same list with some parameters changed; None takes one away."""
        params = {name: value for name, value in {**self.given, **changes}.items() if value}
        return f"{base}?{urlencode(params)}" if params else base


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters can choose from."""

    workflows: Mapping[str, Workflow]
    places: Sequence[Place]
    senders: Sequence[Sender]


def read(query: QueryDict, choices: Choices, *, at: datetime, ids: tuple[UUID, ...] | None) -> Asked:
    """Read the filters of an address. `ids`: what a search found; then no window applies by itself."""
    given = {name: value for name in NAMES if (value := query.get(name, "").strip())}
    unreadable: list[str] = []
    place = _chosen(given, "facility", {p.code: p for p in choices.places}, unreadable)
    sender = _chosen(given, "connector", {s.name: s for s in choices.senders}, unreadable)
    workflow = _chosen(given, "workflow", choices.workflows, unreadable)
    state = _chosen(given, "state", {s.value: s for s in State}, unreadable)
    zone = place.zone if place else (choices.places[0].zone if choices.places else "UTC")
    since, until = _window(given, ZoneInfo(zone), at, searched=ids is not None, unreadable=unreadable)
    filters = Filters(
        workflow=workflow.name if workflow else None,
        # A settled state is its phase, which an index can serve; only a moment's state is computed.
        phase=PHASES[state].value if state in PHASES else ("open" if state else None),
        state=state.value if state and state not in PHASES else None,
        outcome=given.get("outcome"),
        connector_id=sender.id if sender else None,
        since=since,
        until=until,
        least=_amount(given, "amount_from", unreadable),
        most=_amount(given, "amount_to", unreadable),
        late=given.get("late") == "1",
        ids=ids,
    )
    return Asked(given, filters, place, zone, unreadable)


def _chosen(
    given: dict[str, str], name: str, known: Mapping[str, Any], unreadable: list[str]
) -> Any:  # what `known` holds
    value = given.get(name)
    if value is None:
        return None
    if value not in known:
        unreadable.append(words.plain(name))
        del given[name]
        return None
    return known[value]


def _window(
    given: dict[str, str], zone: ZoneInfo, at: datetime, *, searched: bool, unreadable: list[str]
) -> tuple[datetime | None, datetime | None]:
    since = _midnight(given, "seen_from", zone, unreadable)
    last = _midnight(given, "seen_to", zone, unreadable)
    until = last + timedelta(days=1) if last else None
    if since or until or searched or given.get("seen") == EVERYTHING:
        return since, until
    today = at.astimezone(zone).date()
    return datetime.combine(today - timedelta(days=WINDOW_DAYS), datetime.min.time(), zone), None


def _midnight(given: dict[str, str], name: str, zone: ZoneInfo, unreadable: list[str]) -> datetime | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
        if FIRST_YEAR <= day.year <= LAST_YEAR:  # beyond, arithmetic on moments ends
            return datetime.combine(day, datetime.min.time(), zone)
    except ValueError:
        pass
    unreadable.append(words.plain(name))
    del given[name]
    return None


def _amount(given: dict[str, str], name: str, unreadable: list[str]) -> Decimal | None:
    value = given.get(name)
    if value is None:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount.is_finite() and abs(amount) < Decimal(10) ** 15:
        return amount
    unreadable.append(words.plain(name))
    del given[name]
    return None


def fields(asked: Asked, choices: Choices) -> list[dict[str, Any]]:
    """Return the filters for ui/_filters.html."""
    outcomes = {key: key for key in words.OUTCOMES}
    return [
        _select(asked, "workflow", "Workflow", ((w.name, w.title) for w in choices.workflows.values())),
        _select(asked, "state", "State", ((s.value, status_of(s.value).word) for s in State)),
        _select(asked, "outcome", "Outcome", ((key, words.outcome(key)) for key in outcomes)),
        _select(asked, "facility", "Facility", ((p.code, p.name) for p in choices.places)),
        _select(asked, "connector", "Connector", ((s.name, s.title or s.name) for s in choices.senders)),
        _pair(asked, "seen", "First seen", "date"),
        _pair(asked, "amount", "Amount", "number"),
    ]


def _select(asked: Asked, name: str, label: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return select(name, label, asked.given.get(name, ""), options)


def _pair(asked: Asked, name: str, label: str, kind: str) -> dict[str, Any]:
    halves = [
        {
            "id": f"f-{name}-{end}",
            "name": f"{name}_{end}",
            "label": f"{label} {end}",
            "type": kind,
            "value": asked.given.get(f"{name}_{end}", ""),
            "step": "0.01" if kind == "number" else "",
        }
        for end in ("from", "to")
    ]
    return {"type": "pair", "label": label, "halves": halves, "span": True}


LABELS = {
    "workflow": "Workflow",
    "state": "State",
    "outcome": "Outcome",
    "facility": "Facility",
    "connector": "Connector",
    "seen_from": "First seen from",
    "seen_to": "First seen to",
    "amount_from": "Amount from",
    "amount_to": "Amount to",
}


def active(asked: Asked, base: str, choices: Choices) -> list[dict[str, str]]:
    """Return the filters in use, each with the address of the list without it."""
    shown = {name: field for field in fields(asked, choices) if (name := field.get("name"))}
    found = []
    for name, label in LABELS.items():
        value = asked.given.get(name)
        if value is None:
            continue
        options = {o["value"]: o["label"] for o in shown.get(name, {}).get("options", ())}
        text = f"{label}: {options.get(value, value)}"
        found.append({"label": text, "remove_url": asked.url(base, **{name: None})})
    if asked.given.get("late") == "1":
        found.append({"label": "Late only", "remove_url": asked.url(base, late=None)})
    if asked.given.get("seen") == EVERYTHING:
        found.append({"label": "All time", "remove_url": asked.url(base, seen=None)})
    return found
