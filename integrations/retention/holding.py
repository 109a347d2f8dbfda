"""Which rows a legal hold keeps: the one predicate that every deletion carries."""

ACTIVE = "h.lifted_at IS NULL"
# A connector of the hold's facility, of a row with a connector_id.
CONNECTOR_OF_FACILITY = """
    {row}.connector_id IN (SELECT c.id FROM connector c WHERE c.facility_id = h.facility_id
                           UNION ALL
                           SELECT g.connector_id FROM connector_facilities g
                            WHERE g.facility_id = h.facility_id)
"""
# A facility that the hold's connector may post for, of a row with a facility_id.
FACILITY_OF_CONNECTOR = """
    {row}.facility_id IN (SELECT c.facility_id FROM connector c WHERE c.id = h.connector_id
                          UNION ALL
                          SELECT g.facility_id FROM connector_facilities g
                           WHERE g.connector_id = h.connector_id)
"""


def matches(
    data_class: str,
    *,
    first: str,
    last: str | None = None,
    facility: str = "true",
    connector: str = "true",
    transaction: str = "false",
) -> str:
    """Return the condition that hold `h` keeps a row whose life lies between `first` and `last` (SQL).

    A facility or connector that a class cannot tell keeps all of it; rows that belong to no transaction are
    not kept for a transaction's sake.
    """
    return f"""
        ({ACTIVE} AND h.data_class IN ('', '{data_class}')
         AND (h.since IS NULL OR {last or first} >= h.since) AND (h.until IS NULL OR {first} < h.until)
         AND (h.facility_id IS NULL OR {facility}) AND (h.connector_id IS NULL OR {connector})
         AND (h.transaction_ids IS NULL OR {transaction}))
    """


def held(condition: str) -> str:
    """Return the predicate that some hold keeps the row."""
    return f"EXISTS (SELECT 1 FROM legal_hold h WHERE {condition})"  # noqa: S608 - our own constants
