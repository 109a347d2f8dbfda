"""The one SQL of each measure: a row for each unit it looks at, and the class that the unit falls into.

Everything that is shown of a measure comes from these rows: the live figure and the stored buckets add
them up, the list behind a number filters them. So the same number stands at each level.

Each answers: transaction_id, facility_id, day (in the facility's zone), payer, part (the class),
numerator, denominator, unit (1, or 0 on further rows of a unit that has several).
"""

from dataclasses import dataclass

from tracing.queries.within import DOMAINS

# A sender that says no payer sequence sends primary claims.
_OF_CLAIM = """t.payer, t.amount, t.original AND coalesce(t.variant, 'P') = 'P' AS is_primary,
               t.first_outcome, t.first_outcome_event, t.phase, t.outcome"""
# Served by the index transaction_started (workflow, facility_id, started_at). A zone is at most 14 hours
# from UTC: the bounds a day wider are constants, from which the planner knows how few rows are meant.
# A claim whose beginning moved into a day that cannot be counted again, or out of one, stays where it was.
_COHORT = f"""
    cohort AS (
        SELECT t.id, t.facility_id, (t.started_at AT TIME ZONE f.zone)::date AS day, {_OF_CLAIM}
          FROM facility f
          JOIN transaction t ON t.facility_id = f.id
         WHERE t.workflow = 'claim'
           AND t.started_at >= (%(start)s::date - 1)::timestamp AT TIME ZONE 'UTC'
           AND t.started_at < (%(stop)s::date + 1)::timestamp AT TIME ZONE 'UTC'
           AND t.started_at >= %(start)s::date::timestamp AT TIME ZONE f.zone
           AND t.started_at < %(stop)s::date::timestamp AT TIME ZONE f.zone
           AND (%(everything)s OR t.facility_id = ANY(%(facilities)s::int[]))
           AND {DOMAINS}
           AND NOT EXISTS (SELECT 1 FROM kept_day k WHERE k.transaction_id = t.id)
        UNION ALL
        SELECT t.id, k.facility_id, k.day, {_OF_CLAIM}
          FROM kept_day k
          JOIN transaction t ON t.id = k.transaction_id
         WHERE k.workflow = 'claim' AND k.day >= %(start)s AND k.day < %(stop)s
           AND (%(everything)s OR k.facility_id = ANY(%(facilities)s::int[]))
           AND {DOMAINS}
    )"""  # noqa: S608 - our own constant

# What a first adjudication denied, by claim and category.
_DENIALS = """
    denial AS (
        SELECT c.id, c.facility_id, c.day, c.payer, c.first_outcome, l.category, sum(l.amount) AS amount
          FROM cohort c
          JOIN fact_line l ON l.transaction_id = c.id AND l.event_id = c.first_outcome_event
         WHERE c.is_primary AND c.first_outcome IN ('denied', 'partly_denied')
           AND l.basis = 'adjustment' AND l.category = ANY(%(denial)s)
         GROUP BY c.id, c.facility_id, c.day, c.payer, c.first_outcome, l.category
        HAVING sum(l.amount) <> 0
    )"""

_DENIED = """
    denied AS (SELECT id, sum(amount) AS amount FROM denial WHERE first_outcome = 'denied' GROUP BY id)"""

# The facts that the next two ask for, read once: answers to the latest submission, and submissions before it.
_HEARD = """
    heard AS (
        SELECT c.id, a.step, a.outcome, a.attributes->>'level' AS level,
               a.attributes->>'status_entity' AS entity, a.effect, a.basis, a.amount,
               a.occurred_at, a.sequence, a.event_id
          FROM cohort c
          JOIN fact a ON a.transaction_id = c.id
         WHERE (a.step = 'acknowledged' AND NOT a.superseded) OR (a.step = 'submitted' AND a.superseded)
    )"""

# What a claim was sent for at first, where it was sent again: a replacement may carry another charge.
_BILLED = """
    billed AS (
        SELECT DISTINCT ON (id) id, amount
          FROM heard
         WHERE step = 'submitted' AND effect = 'completes' AND basis = 'gross' AND amount IS NOT NULL
         ORDER BY id, occurred_at, sequence, event_id
    )"""

# Of the answers to the latest submission: a final one of the claim level first, the payer's before the
# clearinghouse's, then the latest.
_ANSWERS = """
    answer AS (
        SELECT DISTINCT ON (a.id) a.id,
               CASE WHEN a.level = '277CA'
                         AND a.outcome IN ('accepted', 'accepted_with_errors') THEN 'accepted'
                    WHEN a.level = '277CA' AND a.outcome = 'rejected' THEN 'rejected'
                    WHEN a.outcome = 'rejected' THEN 'rejected_earlier'
                    ELSE 'pending' END AS said
          FROM heard a
         WHERE a.step = 'acknowledged'
         ORDER BY a.id,
               CASE WHEN a.level = '277CA'
                         AND a.outcome IN ('accepted', 'accepted_with_errors', 'rejected') THEN 0
                    WHEN a.outcome = 'rejected' THEN 1 ELSE 2 END,
               (a.entity IS NOT DISTINCT FROM 'payer') DESC,
               a.occurred_at DESC, a.sequence DESC, a.event_id DESC
    )"""

_ANSWERED = """CASE WHEN a.said IN ('accepted', 'rejected') THEN a.said
                    WHEN c.first_outcome IS NOT NULL THEN 'implied'
                    ELSE coalesce(a.said, 'unanswered') END"""


def _claims(*, answers: bool = False, denials: bool = False) -> str:
    """Return the claims with their classes and what each adds; of their facts only what is asked for."""
    joins = (
        ("LEFT JOIN answer a ON a.id = c.id", answers),
        ("LEFT JOIN denied d ON d.id = c.id LEFT JOIN billed b ON b.id = c.id", denials),
    )
    first_billed = "coalesce(b.amount, c.amount, 0)" if denials else "0"
    return f"""
    claim AS (
        SELECT c.id, c.facility_id, c.day, c.payer, c.is_primary,
               CASE WHEN c.first_outcome IN ('denied', 'partly_denied', 'paid', 'zero_pay')
                    THEN c.first_outcome ELSE 'not_adjudicated' END AS first,
               {_ANSWERED if answers else "NULL"} AS answer,
               c.phase || ':' || coalesce(c.outcome, '') AS standing, 1 AS one,
               coalesce(c.amount, 0) AS gross, {first_billed} AS billed,
               {"coalesce(d.amount, 0)" if denials else "0"} AS denied
          FROM cohort c {" ".join(join for join, wanted in joins if wanted)}
    )"""  # noqa: S608 - our own constants


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a measure counts of claims.

    Its sums are linear in `one`, `gross`, `billed` and `denied`: they hold of one claim and of many alike.
    """

    part: str
    numerator: str
    denominator: str
    only: str = "true"


_TERMS = {
    "K01": _Terms("first", "CASE first WHEN 'denied' THEN one ELSE 0 END", "one", only="is_primary"),
    "K02": _Terms("first", "denied", "billed", only="is_primary"),
    "K07b": _Terms(
        "answer",
        "CASE answer WHEN 'accepted' THEN one ELSE 0 END",
        "CASE WHEN answer IN ('accepted', 'rejected') THEN one ELSE 0 END",
    ),
    "PHASES": _Terms("standing", "gross", "gross"),
}


def _counted(key: str, named: str, source: str) -> str:
    terms = _TERMS[key]
    return f"""
SELECT {named}, facility_id, day, payer, {terms.part} AS part, ({terms.numerator})::numeric AS numerator,
       ({terms.denominator})::numeric AS denominator, one AS unit
  FROM {source} WHERE {terms.only}"""  # noqa: S608 - our own constants


def _rows(key: str, ctes: str) -> str:
    return f"WITH {_COHORT}, {ctes} {_counted(key, 'id AS transaction_id', 'claim')}"


K01 = _rows("K01", _claims())
K02 = _rows("K02", f"{_DENIALS}, {_DENIED}, {_HEARD}, {_BILLED}, {_claims(denials=True)}")
K07B = _rows("K07b", f"{_HEARD}, {_ANSWERS}, {_claims(answers=True)}")
PHASES = _rows("PHASES", _claims())

# For all measures at once: the claims of a cohort, those of the same classes and payer added up, and each
# measure's rows counted from these few sums.
ADDED = f"""{_COHORT}, {_HEARD}, {_ANSWERS}, {_DENIALS}, {_DENIED}, {_BILLED},
    {_claims(answers=True, denials=True)},
    added AS (
        SELECT facility_id, day, payer, is_primary, first, answer, standing,
               sum(one) AS one, sum(gross) AS gross, sum(billed) AS billed, sum(denied) AS denied
          FROM claim
         GROUP BY facility_id, day, payer, is_primary, first, answer, standing
    )"""  # noqa: S608 - our own constants
OF_ADDED = "\nUNION ALL".join(_counted(key, f"'{key}' AS kpi", "added") for key in _TERMS)

# A claim stands in each of its categories with what that denied, and once as a unit: under its largest.
CATEGORIES = """
SELECT d.id AS transaction_id, d.facility_id, d.day, d.payer, d.category AS part,
       d.amount AS numerator, d.amount AS denominator,
       (row_number() OVER (PARTITION BY d.id ORDER BY d.amount DESC, d.category) = 1)::int AS unit
  FROM denial d
"""
K04 = f"WITH {_COHORT}, {_DENIALS} {CATEGORIES}"

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
