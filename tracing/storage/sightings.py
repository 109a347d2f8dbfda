"""Which systems and interfaces the traffic names: noted by each pass, added up by a follow-up.

Events name an interface, and often a system; technical spans name the service that worked, which is a system.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from integrations.catalogue.naming import code_of
from integrations.ingest.records import Event, Record, Span, moment
from integrations.ingest.span_rules import UNNAMED
from observability.accounts.locks import one_at_a_time
from tracing.storage.heard import Received

log = logging.getLogger(__name__)

HOUR_US = 3_600 * 1_000_000
KEPT_HOURS = 8 * 24
# A sender that makes a name of every message fills no table; what is declared is counted all the same.
NAMES_OF_A_CONNECTOR = 1_000
LIMIT = 20_000
NOTE = """
    INSERT INTO register_sighting (connector_id, facility_id, sort, code, hour, first_at, last_at, n)
    SELECT * FROM unnest(%(connectors)s::bigint[], %(facilities)s::int[], %(sorts)s::text[],
                         %(codes)s::text[], %(hours)s::timestamptz[], %(firsts)s::timestamptz[],
                         %(lasts)s::timestamptz[], %(counts)s::int[])
"""
# Asked for first and named then: statistics of a queue were gathered while it was empty.
OLDEST = "SELECT id FROM register_sighting ORDER BY id LIMIT %(limit)s"
TALLY = """
    WITH taken AS MATERIALIZED (
        DELETE FROM register_sighting
         WHERE id = ANY(%(ids)s::bigint[])
        RETURNING connector_id, facility_id, sort, code, hour, first_at, last_at, n
    ), crowded AS (
        SELECT connector_id
          FROM (SELECT DISTINCT connector_id, sort, code FROM register_seen
                 WHERE connector_id IN (SELECT connector_id FROM taken)) s
         GROUP BY connector_id HAVING count(*) >= %(names)s
    ), kept AS MATERIALIZED (
        SELECT t.* FROM taken t
         WHERE t.connector_id NOT IN (SELECT connector_id FROM crowded)
            OR EXISTS (SELECT 1 FROM register_seen s
                        WHERE s.connector_id = t.connector_id AND s.sort = t.sort AND s.code = t.code)
            OR (t.sort = 'system' AND t.code IN (SELECT code FROM register_system))
            OR (t.sort = 'interface' AND t.code IN (SELECT code FROM register_interface))
    ), hours AS (
        INSERT INTO register_seen_hour (sort, code, connector_id, facility_id, hour, n)
        SELECT sort, code, connector_id, facility_id, hour, sum(n) FROM kept GROUP BY 1, 2, 3, 4, 5
        ON CONFLICT (sort, code, connector_id, facility_id, hour)
        DO UPDATE SET n = register_seen_hour.n + excluded.n
    ), names AS (
        INSERT INTO register_seen (sort, code, connector_id, facility_id, first_at, last_at, n)
        SELECT sort, code, connector_id, facility_id, min(first_at), max(last_at), sum(n)
          FROM kept GROUP BY 1, 2, 3, 4
        ON CONFLICT (sort, code, connector_id, facility_id) DO UPDATE
           SET first_at = least(register_seen.first_at, excluded.first_at),
               last_at = greatest(register_seen.last_at, excluded.last_at),
               n = register_seen.n + excluded.n
    )
    SELECT (SELECT count(*) FROM taken), (SELECT count(*) FROM taken) - (SELECT count(*) FROM kept)
"""
FORGET_HOURS = "DELETE FROM register_seen_hour WHERE hour < %(before)s"


def _named(records: Iterable[Record]) -> Iterator[tuple[str, str, int | None]]:
    """Yield what each record names: the sort, the name as it was said, and the facility."""
    for record in records:
        if isinstance(record, Event):
            if record.interface:
                yield "interface", record.interface, record.facility_id
            if record.system:
                yield "system", record.system, record.facility_id
        elif isinstance(record, Span) and record.service != UNNAMED:
            yield "system", record.service, None


def note(received: Sequence[Received]) -> None:
    """Append what the rows of a pass name, in the transaction of the pass."""
    met: dict[tuple[int, int | None, str, str, int], list[int]] = {}
    for row in received:
        hour = row.received_at - row.received_at % HOUR_US
        for (sort, name, facility_id), n in Counter(_named(row.records)).items():
            code = code_of(name)
            if code:
                place = (row.connector_id, facility_id, sort, code, hour)
                span = met.setdefault(place, [row.received_at, row.received_at, 0])
                span[:] = min(span[0], row.received_at), max(span[1], row.received_at), span[2] + n
    if not met:
        return
    connectors, facilities, sorts, codes, hours = (list(each) for each in zip(*met, strict=True))
    firsts, lasts, counts = (list(each) for each in zip(*met.values(), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            NOTE,
            {
                "connectors": connectors, "facilities": facilities, "sorts": sorts, "codes": codes,
                "hours": [moment(each) for each in hours], "firsts": [moment(each) for each in firsts],
                "lasts": [moment(each) for each in lasts], "counts": counts,
            },
        )  # fmt: skip


def tally(at: datetime) -> tuple[int, int]:
    """Add up what was noted; answer how many notes that took, and how many it left out as too many names."""
    with transaction.atomic(), connection.cursor() as cursor:
        one_at_a_time("sightings")
        cursor.execute(OLDEST, {"limit": LIMIT})
        ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(TALLY, {"ids": ids, "names": NAMES_OF_A_CONNECTOR})
        taken, left_out = cursor.fetchone()
        cursor.execute(FORGET_HOURS, {"before": at - timedelta(hours=KEPT_HOURS)})
    if left_out:
        log.warning("sightings_left_out", extra={"rows": left_out})
    return int(taken), int(left_out)
