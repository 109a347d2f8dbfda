"""What is special to importing reference data: how changes read, and which entities one may take out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from integrations.catalogue.importing import Entries
from integrations.catalogue.reference_kinds import kinds
from integrations.catalogue.register_fields import parts
from integrations.queries.facilities import Place, facilities_in
from integrations.reference import entities
from integrations.reference.exporting import exported
from integrations.views.importing import Pages
from integrations.views.reference import day_words, shown
from integrations.views.reference_edit import turned_away
from observability.accounts.audit import Act
from observability.accounts.guard import PersonRequest


def _shown(request: PersonRequest, changes: Sequence[entities.Change]) -> list[dict[str, Any]]:
    places = facilities_in(scope=request.scope)
    return [{"sort": kinds()[each.kind].label, "rows": _rows(each, places)} for each in changes]


def _rows(change: entities.Change, places: list[Place]) -> list[tuple[str, str, str]]:
    """Return what becomes different: the field with its days, before and after."""
    specs = {spec.name: spec for spec in kinds()[change.kind].fields}
    rows = []
    for each in entities.differences(change):
        first, last = day_words(each.first, empty=""), day_words(each.last, empty="")
        days = "".join([f" from {first}" if first else "", f" until {last}" if last else ""])
        spec = specs[each.field]
        rows.append((spec.label + days, shown(spec, each.old, places), shown(spec, each.new, places)))
    return rows


def _whole(request: PersonRequest, _: datetime) -> Entries:
    mine = {place.code for place in facilities_in(scope=request.scope)}
    rows = exported()
    hidden = {key[:2] for key, said in rows.items() if not mine.issuperset(parts(said.get("facilities", "")))}
    return {key: said for key, said in rows.items() if key[:2] not in hidden}


PAGES = Pages(
    what=entities.IMPORT,
    name="reference",
    label="Reference data",
    noun="entities",
    exported_as=Act.REFERENCE_EXPORTED,
    shown=_shown,
    whole=_whole,
    away=turned_away,
)
