"""How long measures are kept, and what they need to be there until they are counted."""

from integrations.retention.holding import FACILITY_OF_CONNECTOR, matches
from integrations.retention.plain import Rows
from integrations.retention.shelves import register
from kpis.queries.buckets import UNCOUNTED
from tracing.retention.transactions import wait_for

MEASURES = Rows(
    data_class="measures",
    table="kpi_value",
    key="id",
    moment="bucket",
    keeps=matches(
        "measures",
        first="r.bucket",
        last="(r.bucket + 1)",
        facility="r.facility_id = h.facility_id",
        connector=FACILITY_OF_CONNECTOR.format(row="r"),
    ),
    by_date=True,
)


def register_measures() -> None:
    """Have measures purged, and no transaction before its days are counted."""
    register(MEASURES)
    wait_for(UNCOUNTED)
