"""A day that lost a purged transaction cannot be counted again: nothing moves out of it or into it.

Its measures stand as they were last counted. What left it for another day or facility would be counted at
both, and what came into it at neither. An event moves a beginning all the same: then measures go on counting
the transaction where they did (`kept_day`).
"""

from collections.abc import Sequence

from observability.core.copying import Ids, Staging

KIND = "frozen_day"
# Where each transaction stands, and where it would: its moment is told anew by the clock of the new facility.
AMONG = """
    SELECT DISTINCT uuid_send(t.id)
      FROM unnest(%(ids)b, %(facilities)s::int[]) s(id, facility_id)
      JOIN transaction t ON t.id = s.id
      JOIN facility here ON here.id = t.facility_id
      JOIN facility there ON there.id = s.facility_id
      LEFT JOIN kept_day k ON k.transaction_id = t.id
      JOIN purged_day p ON p.workflow = t.workflow
       AND (p.facility_id, p.day) IN (
           (here.id, (t.started_at AT TIME ZONE here.zone)::date),
           (there.id, (t.started_at AT TIME ZONE here.zone)::date),
           (there.id, (t.started_at AT TIME ZONE there.zone)::date),
           (k.facility_id, k.day))
"""


def among(cursor: Staging, moving: Sequence[tuple[bytes, int]]) -> set[bytes]:
    """Return which of these transactions, each with the facility that it would go to, have to stay."""
    if not moving:
        return set()
    asked = {"ids": Ids(id for id, _ in moving), "facilities": [facility for _, facility in moving]}
    return {row[0] for row in cursor.execute(AMONG, asked)}
