"""The one SQL of each measure: a row for each unit it looks at, and the class that the unit falls into.

Everything that is shown of a measure comes from these rows: the live figure and the stored buckets add
them up, the list behind a number filters them. So the same number stands at each level.

Each answers: transaction_id, facility_id, day (in the facility's zone), payer, part (the class),
numerator, denominator, unit (1, or 0 on further rows of a unit that has several).
"""

from tracing.queries.within import DOMAINS

# Served by the index transaction_started (workflow, facility_id, started_at). A zone is at most 14 hours
# from UTC: the bounds a day wider are constants, from which the planner knows how few rows are meant.
_COHORT = f"""
    cohort AS (
        SELECT t.id, t.facility_id, (t.started_at AT TIME ZONE f.zone)::date AS day, t.payer, t.variant,
               t.original, t.amount, t.first_outcome, t.first_outcome_event, t.phase, t.outcome
          FROM facility f
          JOIN transaction t ON t.facility_id = f.id
         WHERE t.workflow = 'claim'
           AND t.started_at >= (%(start)s::date - 1)::timestamp AT TIME ZONE 'UTC'
           AND t.started_at < (%(stop)s::date + 1)::timestamp AT TIME ZONE 'UTC'
           AND t.started_at >= %(start)s::date::timestamp AT TIME ZONE f.zone
           AND t.started_at < %(stop)s::date::timestamp AT TIME ZONE f.zone
           AND (%(everything)s OR t.facility_id = ANY(%(facilities)s::int[]))
           AND {DOMAINS}
    )"""  # noqa: S608 - our own constant

# A sender that says no payer sequence sends primary claims.
_PRIMARY = """
    primary_claim AS (
        SELECT * FROM cohort WHERE original AND coalesce(variant, 'P') = 'P'
    )"""

_FIRST_OUTCOME = """
    CASE WHEN c.first_outcome IN ('denied', 'partly_denied', 'paid', 'zero_pay')
         THEN c.first_outcome ELSE 'not_adjudicated' END"""

K01 = f"""
WITH {_COHORT}, {_PRIMARY}
SELECT c.id AS transaction_id, c.facility_id, c.day, c.payer, {_FIRST_OUTCOME} AS part,
       (c.first_outcome IS NOT DISTINCT FROM 'denied')::int::numeric AS numerator,
       1::numeric AS denominator, 1 AS unit
  FROM primary_claim c
"""  # noqa: S608 - our own constants

K02 = f"""
WITH {_COHORT}, {_PRIMARY},
    denied AS (
        SELECT c.id, sum(l.amount) AS amount
          FROM primary_claim c
          JOIN fact_line l ON l.transaction_id = c.id AND l.event_id = c.first_outcome_event
         WHERE c.first_outcome = 'denied' AND l.basis = 'adjustment' AND l.category = ANY(%(denial)s)
         GROUP BY c.id
    )
SELECT c.id AS transaction_id, c.facility_id, c.day, c.payer, {_FIRST_OUTCOME} AS part,
       coalesce(d.amount, 0) AS numerator, coalesce(c.amount, 0) AS denominator, 1 AS unit
  FROM primary_claim c
  LEFT JOIN denied d ON d.id = c.id
"""  # noqa: S608 - our own constants

K04 = f"""
WITH {_COHORT}, {_PRIMARY},
    denied AS (
        SELECT c.id, c.facility_id, c.day, c.payer, l.category, sum(l.amount) AS amount
          FROM primary_claim c
          JOIN fact_line l ON l.transaction_id = c.id AND l.event_id = c.first_outcome_event
         WHERE c.first_outcome IN ('denied', 'partly_denied')
           AND l.basis = 'adjustment' AND l.category = ANY(%(denial)s)
         GROUP BY c.id, c.facility_id, c.day, c.payer, l.category
        HAVING sum(l.amount) <> 0
    )
SELECT d.id AS transaction_id, d.facility_id, d.day, d.payer, d.category AS part,
       d.amount AS numerator, d.amount AS denominator,
       (row_number() OVER (PARTITION BY d.id ORDER BY d.amount DESC, d.category) = 1)::int AS unit
  FROM denied d
"""  # noqa: S608 - our own constants

# Of the answers to the latest submission: a final one of the claim level first, the payer's before the
# clearinghouse's, then the latest.
K07B = f"""
WITH {_COHORT},
    answer AS (
        SELECT DISTINCT ON (c.id) c.id,
               CASE WHEN a.attributes->>'level' = '277CA'
                         AND a.outcome IN ('accepted', 'accepted_with_errors') THEN 'accepted'
                    WHEN a.attributes->>'level' = '277CA' AND a.outcome = 'rejected' THEN 'rejected'
                    WHEN a.outcome = 'rejected' THEN 'rejected_earlier'
                    ELSE 'pending' END AS said
          FROM cohort c
          JOIN fact a ON a.transaction_id = c.id
         WHERE a.step = 'acknowledged' AND NOT a.superseded
         ORDER BY c.id,
               CASE WHEN a.attributes->>'level' = '277CA'
                         AND a.outcome IN ('accepted', 'accepted_with_errors', 'rejected') THEN 0
                    WHEN a.outcome = 'rejected' THEN 1 ELSE 2 END,
               (a.attributes->>'status_entity' IS NOT DISTINCT FROM 'payer') DESC,
               a.occurred_at DESC, a.sequence DESC, a.event_id DESC
    ),
    answered AS (
        SELECT c.id, c.facility_id, c.day, c.payer,
               CASE WHEN a.said IN ('accepted', 'rejected') THEN a.said
                    WHEN c.first_outcome IS NOT NULL THEN 'implied'
                    ELSE coalesce(a.said, 'unanswered') END AS part
          FROM cohort c
          LEFT JOIN answer a ON a.id = c.id
    )
SELECT id AS transaction_id, facility_id, day, payer, part,
       (part = 'accepted')::int::numeric AS numerator,
       (part IN ('accepted', 'rejected'))::int::numeric AS denominator, 1 AS unit
  FROM answered
"""  # noqa: S608 - our own constants

PHASES = f"""
WITH {_COHORT}
SELECT c.id AS transaction_id, c.facility_id, c.day, c.payer,
       c.phase || ':' || coalesce(c.outcome, '') AS part,
       coalesce(c.amount, 0) AS numerator, coalesce(c.amount, 0) AS denominator, 1 AS unit
  FROM cohort c
"""  # noqa: S608 - our own constants

# Served by the index deadline_due: what is open or failed has a deadline, and that of a failure is its own
# moment. The denominator counts the known amounts: where there are none, the money is unknown, not nothing.
HELD = f"""
SELECT t.id AS transaction_id, t.facility_id, (%(at)s AT TIME ZONE 'UTC')::date AS day, t.payer,
       t.workflow || CASE t.phase WHEN 'failed' THEN ':failed' ELSE ':late' END AS part,
       coalesce(t.amount, 0) AS numerator, (t.amount IS NOT NULL)::int::numeric AS denominator, 1 AS unit
  FROM deadline d
  JOIN transaction t ON t.id = d.transaction_id
 WHERE d.due_at < %(at)s
   AND (%(everything)s OR t.facility_id = ANY(%(facilities)s::int[]))
           AND {DOMAINS}
"""  # noqa: S608 - our own constant

UNIT_ROWS: dict[str, str] = {
    "K01": K01,
    "K02": K02,
    "K04": K04,
    "K07b": K07B,
    "PHASES": PHASES,
    "HELD": HELD,
}
