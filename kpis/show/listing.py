"""Pure: the list behind a number: exactly the transactions that it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from kpis.catalogue import HELD, K04, Kpi
from kpis.catalogue.kpi import Kind
from kpis.forms import Asked, written
from kpis.queries.live import ListedTransaction, Place
from kpis.show import links, words
from kpis.show.breakdowns import class_words
from kpis.show.read import Chosen
from kpis.show.standing import outcome_words
from observability.core.status import status_of
from tracing import declarations
from tracing.rules.phases import Phase
from tracing.states import state_at

PAGE = 50
TOO_LONG = "This took too long to look up. Choose fewer days or one facility."


@dataclass(frozen=True, slots=True)
class Filter:
    """What narrows the list: in words, and as the address says it."""

    part: str | None
    payer: str | None
    after: Place | None


@dataclass(frozen=True, slots=True)
class Listing:
    """The context of the list behind a number."""

    key: str
    name: str
    title: str
    filters: Sequence[str]
    at: datetime
    zone: str
    columns: Sequence[dict[str, str]]
    rows: Sequence[Mapping[str, Any]]
    older_url: str | None
    newer_url: str | None
    where: str
    back_url: str
    trouble: str


def listing(
    kpi: Kpi,
    asked: Asked,
    narrowed: Filter,
    chosen: Chosen,
    found: Sequence[ListedTransaction] | None,
    titles: Mapping[UUID, str],
    at: datetime,
) -> Listing:
    """Put the list together. `found` holds one row more than a page where there are more, and is None where
    it took too long to look."""
    names = {facility.id: facility.name for facility in chosen.facilities}
    shown = (found or ())[:PAGE]
    more = found is not None and len(found) > PAGE
    here = {"part": narrowed.part, "payer": narrowed.payer}
    after = written(Place(shown[-1].first_at, shown[-1].id)) if more else None
    return Listing(
        key=kpi.key,
        name=kpi.title,
        title=part_words(kpi, narrowed.part),
        filters=_filters(kpi, asked, narrowed, chosen),
        at=at,
        zone=chosen.zone,
        columns=_columns(kpi, narrowed.part),
        rows=[_row(row, names, titles, at) for row in shown],
        older_url=links.listed(kpi, asked, narrowed.part, payer=narrowed.payer, after=after)
        if after
        else None,
        newer_url=f"/kpis/{kpi.key}/transactions/?{asked.query(**here)}" if narrowed.after else None,
        where="First page" if narrowed.after is None else "Further page",
        back_url=links.measure(kpi, asked),
        trouble="" if found is not None else TOO_LONG,
    )


def part_words(kpi: Kpi, part: str | None) -> str:
    """Write which part of a measure is listed."""
    if part is None:
        return "All that it counts"
    if kpi is HELD and ":" not in part and part in declarations.versions():
        return f"{declarations.latest(part).title}: failed or late"
    if kpi.kind is Kind.SHARES and part in set(Phase):
        return status_of(part).word
    if kpi is HELD and part.partition(":")[0] not in declarations.versions():
        return part
    return class_words(kpi, part)


def _filters(kpi: Kpi, asked: Asked, narrowed: Filter, chosen: Chosen) -> list[str]:
    said = [] if kpi is HELD else [f"first submitted {words.window(asked.start, asked.stop)}"]
    if asked.facility:
        said.append(chosen.place.name if chosen.place else chosen.chosen[0].name)
    if narrowed.payer is not None:
        said.append(f"payer {narrowed.payer}" if narrowed.payer != "-" else "payer not said")
    return said


def _columns(kpi: Kpi, part: str | None) -> list[dict[str, str]]:
    money = kpi.key in ("K02", "K04")
    counted = [{"label": "Denied", "name": "counted", "kind": "exact"}] if money else []
    if kpi is K04 and part is not None:
        counted.append({"label": "Counted as a claim", "name": "counts", "kind": "text"})
    return [
        {"label": "Transaction", "name": "title", "kind": "head"},
        {"label": "State", "name": "state", "kind": "status"},
        {"label": "First outcome", "name": "first_outcome", "kind": "text"},
        {"label": "Outcome now", "name": "outcome", "kind": "text"},
        {"label": "Facility", "name": "facility", "kind": "text"},
        {"label": "Payer", "name": "payer", "kind": "text"},
        {"label": "Amount", "name": "amount", "kind": "exact"},
        *counted,
        {"label": "First seen", "name": "first_at", "kind": "moment"},
    ]


def _row(
    row: ListedTransaction, names: Mapping[int, str], titles: Mapping[UUID, str], at: datetime
) -> dict[str, Any]:
    return {
        "title": titles[row.id],
        "url": f"/transactions/{row.id}/",
        "state": state_at(phase=row.phase, due_at=row.due_at, not_before=None, at=at),
        "first_outcome": outcome_words(row.first_outcome or ""),
        "outcome": outcome_words(row.outcome or ""),
        "facility": names.get(row.facility_id, ""),
        "payer": row.payer,
        "amount": row.amount,
        "counted": row.counted,
        "counts": "here" if row.units else "under its largest category",
        "first_at": row.first_at,
    }
