"""What is special to importing into the register: how changes read, and which entries one may take out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from integrations.catalogue import register
from integrations.catalogue.importing import Entries
from integrations.catalogue.register_fields import FIELDS
from integrations.queries import register as queries
from integrations.queries.facilities import facilities_in
from integrations.views.importing import Pages
from observability.accounts.audit import Act
from observability.accounts.guard import PersonRequest


def _shown(_: PersonRequest, changes: Sequence[register.Change]) -> list[dict[str, Any]]:
    labels = {sort: {spec.name: spec.label for spec in specs} for sort, specs in FIELDS.items()}
    return [
        {
            "sort": each.sort,
            "rows": [(labels[each.sort][name], *both) for name, both in each.fields.items()],
        }
        for each in changes
    ]


def _whole(request: PersonRequest, at: datetime) -> Entries:
    ids = {place.id for place in facilities_in(scope=request.scope)}
    seen = queries.entries_in(scope=request.scope, today=at.date(), filters=queries.Filters(), limit=10_000)
    whole = {(each.sort, each.code) for each in seen if ids.issuperset(each.facility_ids)}
    return {key: values for key, values in register.everything_declared().items() if key in whole}


PAGES = Pages(
    what=register.IMPORT,
    name="catalogue",
    label="Catalogue",
    noun="entries",
    exported_as=Act.CATALOGUE_EXPORTED,
    shown=_shown,
    whole=_whole,
)
