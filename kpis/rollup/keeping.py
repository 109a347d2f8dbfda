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
# A day may be counted again only once nothing is left of it: neither a figure nor a transaction.
FROZEN = Rows(
    data_class="frozen",
    table="purged_day",
    key="id",
    moment="day",
    keeps=matches(
        "frozen",
        first="r.day",
        last="(r.day + 1)",
        facility="r.facility_id = h.facility_id",
        connector=FACILITY_OF_CONNECTOR.format(row="r"),
    ),
    unfinished="""
        EXISTS (SELECT 1 FROM kpi_value v WHERE v.bucket = r.day AND v.facility_id = r.facility_id)
        OR EXISTS (SELECT 1 FROM transaction t
                    WHERE t.workflow = r.workflow AND t.facility_id = r.facility_id
                      AND t.started_at >= (r.day - 1)::timestamp AT TIME ZONE 'UTC'
                      AND t.started_at < (r.day + 2)::timestamp AT TIME ZONE 'UTC')
    """,
    by_date=True,
)


def register_measures() -> None:
    """Have measures purged, and no transaction before its days are counted."""
    register(MEASURES)
    register(FROZEN)
    wait_for(UNCOUNTED)
