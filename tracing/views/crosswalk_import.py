"""What is special to importing mappings: how changes of codes read, what they move, what one may take out."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from integrations.catalogue.code_kinds import code_kinds
from integrations.catalogue.importing import Entries
from integrations.queries.facilities import facilities_in
from integrations.views.importing import Pages
from integrations.views.reference import day_words
from integrations.views.register_words import REFUSED
from observability.accounts.audit import Act
from observability.accounts.guard import PersonRequest
from observability.core.clock import now
from tracing import mapping_files
from tracing.mapping_files import COLUMNS, CannotRead
from tracing.mapping_plans import IMPORT, CodeChange, Written, keyed, said_of
from tracing.storage import remap_plan
from tracing.views.crosswalk import authority_words
from tracing.views.mapping import moves

MOST_EXPORTED = 100_000
HINT = (
    f"Columns: {', '.join(COLUMNS)}. The target is our code, or “not ours”; an empty one ends what the code "
    "meant on these days. Days that no row speaks of stay. Nothing changes before you have seen the plan."
)


def _shown(_: PersonRequest, changes: Sequence[CodeChange]) -> list[dict[str, Any]]:
    return [
        {
            "sort": f"{code_kinds()[each.kind].label} of {authority_words(each.authority)}",
            "rows": [
                (label, old, new)
                for label, old, new in (
                    ("Means", _words(each.before), _words(each.after)),
                    ("Owner", *each.owner),
                )
                if old != new
            ],
        }
        for each in changes
    ]


def _words(written: Written) -> str:
    return "; ".join(
        f"{target} from {_day(first)}{f' until {_day(last)}' if last else ''}" if first or last else target
        for target, first, last in written
    )


def _day(text: str) -> str:
    return day_words(date.fromisoformat(text), empty="") if text else "ever"


def _moves(request: PersonRequest, changes: Sequence[CodeChange]) -> dict[str, Any]:
    try:
        said = said_of(changes, scope=request.scope)
    except CannotRead:
        return {"moves": None}  # something changed since: applying says so
    return {"moves": moves(remap_plan.together(said, at=now()), facilities_in(scope=request.scope))}


def _whole(request: PersonRequest, _: datetime) -> Entries:
    return keyed(mapping_files.rows_in(scope=request.scope, limit=MOST_EXPORTED))


PAGES = Pages(
    what=IMPORT,
    name="crosswalk",
    label="Crosswalk",
    noun="codes; what is stored moves by itself",
    exported_as=Act.REFERENCE_EXPORTED,
    shown=_shown,
    whole=_whole,
    app="tracing",
    under="reference/crosswalk",
    hint=HINT,
    refused={**REFUSED, **mapping_files.REFUSED},
    template="tracing/crosswalk_plan.html",
    further=_moves,
)
