"""Writing the stored buckets: consume changes, mark what they touch, count it again."""

from kpis.queries.unit_rows import ADDED, CATEGORIES, OF_ADDED, UNIT_ROWS

# A queue that is empty whenever statistics are gathered is thought to stay empty, and the ids found in a
# subquery would be compared with every row, one by one. So they are asked for first and named then.
OLDEST = "SELECT id FROM change ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED"

# Claim and delete: what a rolled-back consumer took is there again. Both looks of a transaction are
# touched, for it may have left one bucket for another. DO UPDATE, not DO NOTHING: it waits for a recount
# that holds the row and then marks the bucket anew, so that what was said meanwhile is not lost.
# What left a day that cannot be counted again, or came to one, is kept where it was counted before: a frozen
# day holds it or lacks it for good. The first such move counts. No day is frozen before its changes are here.
CONSUME = """
WITH taken AS (
    DELETE FROM change
     WHERE id = ANY(%(ids)s::bigint[])
    RETURNING id, transaction_id, workflow, at, old, new
),
look AS (
    SELECT id, transaction_id, workflow, at, true AS before, old AS said FROM taken WHERE old IS NOT NULL
    UNION ALL
    SELECT id, transaction_id, workflow, at, false, new FROM taken WHERE new IS NOT NULL
),
place AS (
    SELECT l.id, l.transaction_id, l.workflow, l.at, l.before, f.id AS facility_id,
           ((l.said->>'started_at')::timestamptz AT TIME ZONE f.zone)::date AS bucket
      FROM look l
      JOIN facility f ON f.id = (l.said->>'facility_id')::int
     WHERE l.workflow = ANY(%(workflows)s) AND l.said->>'started_at' IS NOT NULL
),
moved AS (
    SELECT DISTINCT ON (b.transaction_id) b.transaction_id, b.workflow, b.facility_id, b.bucket
      FROM place b
      LEFT JOIN place n ON n.id = b.id AND NOT n.before
     WHERE b.before AND (b.facility_id, b.bucket) IS DISTINCT FROM (n.facility_id, n.bucket)
       AND EXISTS (
           SELECT 1 FROM purged_day p
            WHERE p.workflow = b.workflow
              AND (p.facility_id, p.day) IN ((b.facility_id, b.bucket), (n.facility_id, n.bucket)))
     ORDER BY b.transaction_id, b.id
),
kept AS (
    INSERT INTO kept_day (transaction_id, workflow, facility_id, day)
    SELECT transaction_id, workflow, facility_id, bucket FROM moved ORDER BY transaction_id
    ON CONFLICT (transaction_id) DO NOTHING
),
touched AS (
    SELECT workflow, facility_id, bucket, min(at) AS since
      FROM (SELECT workflow, at, facility_id, bucket FROM place
            UNION ALL
            SELECT t.workflow, t.at, k.facility_id, k.day
              FROM taken t JOIN kept_day k ON k.transaction_id = t.transaction_id
             WHERE t.workflow = ANY(%(workflows)s)) x
     GROUP BY 1, 2, 3
),
marked AS (
    INSERT INTO kpi_dirty (workflow, facility_id, bucket, since)
    SELECT workflow, facility_id, bucket, since FROM touched ORDER BY workflow, facility_id, bucket
    ON CONFLICT (workflow, facility_id, bucket)
    DO UPDATE SET since = LEAST(kpi_dirty.since, excluded.since)
    RETURNING 1
)
SELECT (SELECT count(*) FROM taken)::int AS changes, (SELECT count(*) FROM marked)::int AS buckets
"""

# Where a facility's day has not long ended.
_YOUNG = "coalesce(d.bucket >= (%(young)s::timestamptz AT TIME ZONE f.zone)::date, false)"
# Newest first: today's board matters more than last year's. But what has waited since before `starved` goes
# first, or days that are touched without end would never let it. The locks are held until the recount
# commits.
# A day that ended before `young` rests: it waits while one of its values was counted after `rested`. Events
# about old claims touch all past days, and each of them would be counted again at every pass.
CLAIM_DIRTY = f"""
SELECT d.id, d.workflow, d.facility_id, d.bucket
  FROM kpi_dirty d
  LEFT JOIN facility f ON f.id = d.facility_id
 WHERE (%(count_young)s AND {_YOUNG})
    OR (%(count_old)s AND NOT {_YOUNG} AND NOT EXISTS (
       SELECT 1
         FROM unnest(%(workflows)s::text[], %(kpis)s::text[], %(versions)s::int[])
           AS k(workflow, kpi, version)
         JOIN kpi_value v ON v.kpi = k.kpi AND v.version = k.version AND v.bucket = d.bucket
          AND v.grain = 'facility' AND v.facility_id = d.facility_id AND v.dim_value = ''
        WHERE k.workflow = d.workflow AND v.computed_at > %(rested)s::timestamptz))
 ORDER BY CASE WHEN d.since < %(starved)s THEN d.since END, d.bucket DESC, d.facility_id
 LIMIT %(limit)s
   FOR UPDATE OF d SKIP LOCKED
"""  # noqa: S608 - our own constant

# The facts of these days are no longer complete: their figures stand as they were last counted.
CLEAR_FROZEN = """
DELETE FROM kpi_dirty d USING purged_day p
 WHERE p.workflow = d.workflow AND p.facility_id = d.facility_id AND p.day = d.bucket
"""
FROZEN = """
SELECT d.id FROM kpi_dirty d JOIN purged_day p
    ON p.workflow = d.workflow AND p.facility_id = d.facility_id AND p.day = d.bucket
 WHERE d.id = ANY(%(ids)s) LIMIT 1
"""
# Of a transaction `t`: its bucket waits to be counted, so it must still be there.
UNCOUNTED = """EXISTS (
    SELECT 1 FROM kpi_dirty d JOIN facility f ON f.id = t.facility_id
      LEFT JOIN kept_day k ON k.transaction_id = t.id
     WHERE d.workflow = t.workflow AND d.facility_id = coalesce(k.facility_id, t.facility_id)
       AND d.bucket = coalesce(k.day, (t.started_at AT TIME ZONE f.zone)::date)
       AND NOT EXISTS (SELECT 1 FROM purged_day p WHERE p.workflow = d.workflow
                          AND p.facility_id = d.facility_id AND p.day = d.bucket))"""

CLEAR_DIRTY = "DELETE FROM kpi_dirty WHERE id = ANY(%(ids)s)"

# For a recount that was asked for: every day on which a transaction of the workflow began.
MARK_ALL = """
INSERT INTO kpi_dirty (workflow, facility_id, bucket, since)
SELECT DISTINCT t.workflow, f.id, (t.started_at AT TIME ZONE f.zone)::date, %(at)s::timestamptz
  FROM facility f
  JOIN transaction t ON t.facility_id = f.id
 WHERE t.workflow = ANY(%(workflows)s)
   AND t.started_at >= (%(start)s::date - 1)::timestamp AT TIME ZONE 'UTC'
   AND t.started_at < (%(stop)s::date + 1)::timestamp AT TIME ZONE 'UTC'
   AND t.started_at >= %(start)s::date::timestamp AT TIME ZONE f.zone
   AND t.started_at < %(stop)s::date::timestamp AT TIME ZONE f.zone
   AND (%(everything)s OR t.facility_id = ANY(%(facilities)s::int[]))
 ORDER BY 1, 2, 3
ON CONFLICT (workflow, facility_id, bucket) DO UPDATE SET since = LEAST(kpi_dirty.since, excluded.since)
"""

# Days that hold values, whose transactions may be gone.
MARK_STORED = """
INSERT INTO kpi_dirty (workflow, facility_id, bucket, since)
SELECT DISTINCT %(workflow)s, v.facility_id, v.bucket, %(at)s::timestamptz
  FROM kpi_value v
 WHERE v.kpi = ANY(%(kpis)s) AND v.bucket >= %(start)s AND v.bucket < %(stop)s
   AND (%(everything)s OR v.facility_id = ANY(%(facilities)s::int[]))
 ORDER BY 2, 3
ON CONFLICT (workflow, facility_id, bucket) DO UPDATE SET since = LEAST(kpi_dirty.since, excluded.since)
"""

CLEAR_VALUES = """
DELETE FROM kpi_value v
 USING unnest(%(kpis)s::text[], %(versions)s::int[]) AS k(kpi, version),
       unnest(%(bucket_facilities)s::int[], %(bucket_days)s::date[]) AS w(facility_id, day)
 WHERE v.kpi = k.kpi AND v.version = k.version AND v.facility_id = w.facility_id AND v.bucket = w.day
"""

# For the transaction: claims are sorted and hashed in memory; in files it takes half as long again.
ROOM = "SET LOCAL work_mem = '64MB'"
# The facts of a few days are looked up by key, not sought among all that there are: a server that nobody has
# told of its disks takes the keys for four times as dear as they are. Of many days they are found faster
# in the order in which they lie.
BY_KEY = "SET LOCAL random_page_cost = 1.1"
AS_SET = "SET LOCAL random_page_cost TO DEFAULT"

# By workflow, all its measures at once: each claim is read once.
STORE = {
    "claim": f"""
WITH {ADDED},
    category AS ({CATEGORIES}),
    measured AS ({OF_ADDED}
UNION ALL
SELECT 'K04', facility_id, day, payer, part, sum(numerator), sum(denominator), sum(unit)
  FROM category GROUP BY facility_id, day, payer, part
    ),
    grained AS (
        SELECT kpi, day, facility_id, 'facility' AS grain, '' AS name, numerator, denominator, unit
          FROM measured
        UNION ALL
        SELECT kpi, day, facility_id, 'payer', coalesce(payer, ''), numerator, denominator, unit FROM measured
        UNION ALL
        SELECT kpi, day, facility_id, 'part', part, numerator, denominator, unit FROM measured
    )
INSERT INTO kpi_value (kpi, version, bucket, grain, facility_id, dim_value, numerator, denominator, counts,
                       computed_at)
SELECT kpi, k.version, day, grain, facility_id, name, sum(numerator), sum(denominator),
       jsonb_build_object('units', sum(unit)), %(at)s
  FROM grained
  JOIN unnest(%(bucket_facilities)s::int[], %(bucket_days)s::date[]) AS w(facility_id, day)
 USING (facility_id, day)
  JOIN unnest(%(kpis)s::text[], %(versions)s::int[]) AS k(kpi, version) USING (kpi)
 GROUP BY kpi, k.version, day, grain, facility_id, name
 ORDER BY kpi, k.version, day, grain, facility_id, name
"""  # noqa: S608 - our own constants
}

# One snapshot a day is kept, the last. A row of its own marks each facility, also one with nothing held.
CLEAR_SNAPSHOT = """
DELETE FROM kpi_value WHERE kpi = 'HELD' AND version = %(version)s
   AND bucket = (%(at)s::timestamptz AT TIME ZONE 'UTC')::date
"""

STORE_SNAPSHOT = f"""
WITH unit_row AS ({UNIT_ROWS["HELD"]}),
    added AS (
        SELECT facility_id, part, sum(numerator) AS numerator, sum(denominator) AS denominator,
               sum(unit) AS unit
          FROM unit_row
         WHERE facility_id IS NOT NULL
         GROUP BY facility_id, part
    ),
    kept AS (
        SELECT facility_id, 'part' AS grain, part AS name, numerator, denominator, unit FROM added
        UNION ALL
        SELECT id, 'facility', '', 0, 0, 0 FROM facility
    )
INSERT INTO kpi_value (kpi, version, bucket, grain, facility_id, dim_value, numerator, denominator, counts,
                       computed_at)
SELECT 'HELD', %(version)s, (%(at)s::timestamptz AT TIME ZONE 'UTC')::date, grain, facility_id, name,
       numerator, denominator, jsonb_build_object('units', unit), %(at)s
  FROM kept
 ORDER BY grain, facility_id, name
"""  # noqa: S608 - our own constants
