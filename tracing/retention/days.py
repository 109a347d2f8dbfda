"""The shelves of spans and gauges, which go by whole days, and of summaries."""

from integrations.retention.holding import CONNECTOR_OF_FACILITY, FACILITY_OF_CONNECTOR, matches
from integrations.retention.plain import Days, Rows
from integrations.retention.shelves import register
from tracing.retention import followed
from tracing.retention.followed import of_hold

# A span belongs to a transaction by its trace.
TRACED = f"""EXISTS (SELECT 1 FROM transaction_trace x WHERE x.trace_id = r.trace_id
                       AND {of_hold("x.transaction_id")})"""  # noqa: S608 - our own constant
TRACED_FACILITY = """EXISTS (SELECT 1 FROM transaction_trace x JOIN transaction t ON t.id = x.transaction_id
                               WHERE x.trace_id = r.trace_id AND t.facility_id = h.facility_id)"""
SPANS = Days(
    Rows(
        data_class="spans",
        table="span",
        key="started_at, trace_id, event_id",
        moment="started_at",
        keeps=matches(
            "spans",
            first="r.started_at",
            last="r.ended_at",
            facility=f"({CONNECTOR_OF_FACILITY.format(row='r')} OR {TRACED_FACILITY})",
            connector="r.connector_id = h.connector_id",
            transaction=TRACED,
        ),
        told=followed.params,
    ),
    hashed="uuid_hash_extended(r.event_id, 0)",
)
GAUGES = Days(
    Rows(
        data_class="gauges",
        table="gauge",
        key="at, name, series, connector_id",
        moment="at",
        keeps=matches(
            "gauges",
            first="r.at",
            facility="r.facility_id = h.facility_id",
            connector="r.connector_id = h.connector_id",
        ),
    ),
    hashed="hashtextextended(r.name || r.series || r.connector_id || r.at, 0)",
)
SUMMARIES = Rows(
    data_class="summaries",
    table="transaction_summary",
    key="id",
    moment="purged_at",
    keeps=matches(
        "summaries",
        first="r.first_at",
        last="r.last_at",
        facility="r.facility_id = h.facility_id",
        connector=FACILITY_OF_CONNECTOR.format(row="r"),
        transaction=of_hold("r.id"),
    ),
    told=followed.params,
)


def register_days() -> None:
    """Have spans, gauges and summaries purged."""
    for shelf in (SPANS, GAUGES, SUMMARIES):
        register(shelf)
