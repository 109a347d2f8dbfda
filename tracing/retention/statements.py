"""The statements of the purge of transactions. They run under the purge role, in the order of the drain's
locks: events, orphans, transactions."""

from integrations.retention.holding import matches
from tracing.retention.followed import of_hold, once_at_facility

# A mapping moved an event away from the facility of hold `h`.
EVENT_LEFT = (
    "EXISTS (SELECT 1 FROM event_move v WHERE v.event_id = {event} AND v.facility_id = h.facility_id)"
)
HELD_BY = matches(
    "transactions",
    first="t.first_at",
    last="t.last_at",
    # Also for a single event of the facility, or that the connector sent, and for what a mapping moved away.
    facility=f"""(t.facility_id = h.facility_id OR EXISTS (
        SELECT 1 FROM fact f
         WHERE f.transaction_id = t.id
           AND (f.facility_id = h.facility_id OR {EVENT_LEFT.format(event="f.event_id")}))
        OR {once_at_facility("t.id")})""",  # noqa: S608
    connector="""EXISTS (
        SELECT 1 FROM fact f WHERE f.transaction_id = t.id AND f.connector_id = h.connector_id)""",
    transaction=of_hold("t.id"),
)
# What is due, of a transaction `t`: quiet for so long, and not open. One that expired stood as expired first.
DUE = """
    t.first_at < %(cutoff)s AND t.last_at < %(cutoff)s AND t.phase <> 'open'
    AND (t.phase <> 'expired' OR t.closed_at <= %(noticed)s)
"""
UNHELD = f"NOT EXISTS (SELECT 1 FROM legal_hold h WHERE {HELD_BY})"  # noqa: S608 - our own constant
# The index transaction_listed (facility_id, first_at, id) is read in its order; the rest is in the row.
WALK = """
    SELECT t.id, t.first_at
      FROM transaction t
     WHERE t.facility_id = %(facility_id)s AND (t.first_at, t.id) > (%(after_at)s, %(after_id)s)
       AND t.first_at < %(before)s AND {condition}
     ORDER BY t.first_at, t.id
     LIMIT %(limit)s
"""
NEXT_FACILITY = "SELECT min(id) FROM facility WHERE id > %(facility_id)s"
EVENTS_OF = "SELECT DISTINCT event_id FROM fact WHERE transaction_id = ANY(%(ids)s)"
# Touching is locking, without FOR UPDATE, which a cluster does not have for many rows.
LOCK_EVENTS = """
    INSERT INTO event SELECT * FROM event WHERE event_id = ANY(%(events)s) ORDER BY event_id
    ON CONFLICT (event_id) DO UPDATE SET format = event.format
"""
LOCK_ORPHANS = """
    INSERT INTO orphan SELECT * FROM orphan WHERE event_id = ANY(%(events)s) ORDER BY event_id, workflow
    ON CONFLICT (event_id, workflow) DO UPDATE SET looked_at = orphan.looked_at
"""
LOCK_TRANSACTIONS = """
    INSERT INTO transaction SELECT * FROM transaction WHERE id = ANY(%(ids)s) ORDER BY id
    ON CONFLICT (id) DO UPDATE SET workflow = transaction.workflow
    RETURNING xmax = 0
"""
# Looked at again under the locks. What follow-ups have not seen yet stays until they have.
STILL_QUIET = f"""
    SELECT t.id FROM transaction t
     WHERE t.id = ANY(%(ids)s) AND {{condition}} AND {UNHELD}
       AND t.id NOT IN (SELECT transaction_id FROM change WHERE transaction_id = ANY(%(ids)s))
     ORDER BY t.id
"""  # noqa: S608
# On which day measures count each: where it began, or where they go on counting it.
COUNTED_ON = """
    SELECT t.id, t.workflow, coalesce(k.facility_id, t.facility_id) AS facility_id,
           coalesce(k.day, (t.started_at AT TIME ZONE f.zone)::date) AS day
      FROM transaction t
      JOIN facility f ON f.id = t.facility_id
      LEFT JOIN kept_day k ON k.transaction_id = t.id
     WHERE t.id = ANY(%(ids)s) AND (t.started_at IS NOT NULL OR k.day IS NOT NULL)
"""
# Of those whose day will lose a transaction: what measures have not heard yet of that day, they never would.
UNHEARD = f"""
    SELECT x.id
      FROM (SELECT transaction_id, workflow, old AS look FROM change
            UNION ALL SELECT transaction_id, workflow, new FROM change) c
      JOIN facility f ON f.id = (c.look->>'facility_id')::int
      LEFT JOIN kept_day k ON k.transaction_id = c.transaction_id
      JOIN ({COUNTED_ON}) x ON x.workflow = c.workflow AND (x.facility_id, x.day) IN (
           (f.id, ((c.look->>'started_at')::timestamptz AT TIME ZONE f.zone)::date), (k.facility_id, k.day))
"""  # noqa: S608
# For the purge, whose events have to be locked too: one that came since is not, so its transaction waits.
STILL_DUE = f"""
    SELECT t.id FROM ({STILL_QUIET}) t
     WHERE t.id NOT IN (SELECT transaction_id FROM fact
                         WHERE transaction_id = ANY(%(ids)s) AND event_id <> ALL(%(events)s))
       AND t.id NOT IN ({UNHEARD})
     ORDER BY t.id
"""  # noqa: S608
EXPIRE = """
    UPDATE transaction SET phase = 'expired', closed_at = %(at)s WHERE id = ANY(%(ids)s)
    RETURNING id, workflow, facility_id, started_at, outcome
"""
EXPIRED_CHANGES = """
    INSERT INTO change (transaction_id, workflow, at, old, new)
    SELECT id, workflow, %(at)s,
           jsonb_build_object('facility_id', facility_id, 'started_at', started_at, 'phase', 'open',
                              'outcome', outcome),
           jsonb_build_object('facility_id', facility_id, 'started_at', started_at, 'phase', 'expired',
                              'outcome', outcome)
      FROM transaction WHERE id = ANY(%(ids)s) ORDER BY id
"""
LEAVE_SUMMARY = """
    INSERT INTO transaction_summary (id, workflow, workflow_version, facility_id, department, phase, outcome,
                                     amount, paid, denied, started_at, first_at, last_at, closed_at, facts,
                                     purged_at, run_id)
    SELECT id, workflow, workflow_version, facility_id, department, phase, outcome, amount, paid, denied,
           started_at, first_at, last_at, closed_at, facts, %(at)s, %(run_id)s
      FROM transaction WHERE id = ANY(%(ids)s) ORDER BY id
    RETURNING id::text, last_at
"""
LEAVE_DAYS = f"""
    INSERT INTO purged_day (workflow, facility_id, day, transactions)
    SELECT workflow, facility_id, day, count(*) FROM ({COUNTED_ON}) x
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (workflow, facility_id, day)
    DO UPDATE SET transactions = purged_day.transactions + excluded.transactions
"""  # noqa: S608
LOOSEN = """
    INSERT INTO loose_token (token)
    SELECT DISTINCT token FROM unnest(%(tokens)s::uuid[]) token ORDER BY token
    ON CONFLICT DO NOTHING
"""
HANGING = (
    "deadline",
    "step",
    "fact_line",
    "fact",
    "transaction_trace",
    "transaction_move",
    "reveal",
    "kept_day",
)
DELETE_HANGING = "DELETE FROM {table} WHERE transaction_id = ANY(%(ids)s)"
DELETE_KEYS = "DELETE FROM transaction_key WHERE transaction_id = ANY(%(ids)s) RETURNING token"
DELETE_TRANSACTIONS = "DELETE FROM transaction WHERE id = ANY(%(ids)s)"
# An event goes when no transaction that it is about is left.
BODIES = "SELECT event_id, body FROM event WHERE event_id = ANY(%(events)s)"
BOUND = "SELECT event_id, workflow, bound FROM orphan WHERE event_id = ANY(%(events)s)"
ALIVE = "SELECT id FROM transaction WHERE id = ANY(%(ids)s)"
DELETE_EVENTS = tuple(
    f"DELETE FROM {table} WHERE event_id = ANY(%(events)s)"  # noqa: S608 - names from here
    for table in ("fallback_token", "event_move", "orphan_token", "orphan", "event")
)
# Of an event that stays, what bound it to transactions that are gone.
UNBIND = """
    UPDATE orphan SET bound = ARRAY(SELECT b FROM unnest(bound) b WHERE b <> ALL(%(ids)s) ORDER BY b)
     WHERE event_id = ANY(%(events)s) AND bound && %(ids)s AND NOT bound <@ %(ids)s
"""
UNBOUND_TOKENS = """
    DELETE FROM orphan_token k USING orphan o
     WHERE o.event_id = ANY(%(events)s) AND o.bound <> '{}' AND o.bound <@ %(ids)s
       AND k.event_id = o.event_id AND k.workflow = o.workflow
"""
UNBOUND = "DELETE FROM orphan WHERE event_id = ANY(%(events)s) AND bound <> '{}' AND bound <@ %(ids)s"
# An event that no transaction has ever claimed goes like one: by when it came.
UNCLAIMED_HELD = matches(
    "transactions",
    first="o.received_at",
    facility=f"(o.facility_id = h.facility_id OR {EVENT_LEFT.format(event='o.event_id')})",
    connector="o.connector_id = h.connector_id",
)
UNCLAIMED = f"""
    SELECT o.event_id, o.received_at FROM orphan o
     WHERE o.bound = '{{}}' AND o.sole AND o.received_at < %(cutoff)s
       AND NOT EXISTS (SELECT 1 FROM orphan b WHERE b.event_id = o.event_id AND b.bound <> '{{}}')
       AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE {UNCLAIMED_HELD})
     ORDER BY o.received_at LIMIT %(limit)s
"""  # noqa: S608
STILL_UNCLAIMED = """
    SELECT event_id FROM orphan WHERE event_id = ANY(%(events)s)
     GROUP BY event_id HAVING bool_and(bound = '{}' AND sole)
"""
# A merge or move of keys, or its undoing, is about no transaction: its event and what it says of numbers go
# by when it came. Which name has which other stays, as tokens: what comes late is still recognised by it.
RENAMING_HELD = matches(
    "transactions",
    first="a.received_at",
    facility=f"(a.facility_id = h.facility_id OR {EVENT_LEFT.format(event='a.event_id')})",
    connector="a.connector_id = h.connector_id",
)
# Of what facility an undoing is it does not say: a hold on any keeps it.
UNDOING_HELD = matches("transactions", first="u.received_at", connector="u.connector_id = h.connector_id")
RENAMINGS = f"""
    SELECT a.event_id, a.received_at
      FROM key_alias a JOIN event e USING (event_id)
     WHERE a.received_at < %(cutoff)s
       AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE {RENAMING_HELD})
     UNION
    SELECT u.event_id, u.received_at
      FROM key_alias_undone u JOIN event e USING (event_id)
     WHERE u.received_at < %(cutoff)s
       AND NOT EXISTS (SELECT 1 FROM legal_hold h WHERE {UNDOING_HELD})
     ORDER BY received_at, event_id LIMIT %(limit)s
"""  # noqa: S608
# A mapping under way numbers its rows from them anew, one batch after another: until it is done they stay.
LOOSE = """
    SELECT token FROM loose_token
     WHERE NOT EXISTS (SELECT 1 FROM remap WHERE finished_at IS NULL)
     ORDER BY token LIMIT %(limit)s
"""
DELETE_IDENTIFIERS = """
    DELETE FROM identifier i
     WHERE i.token = ANY(%(tokens)s)
       AND NOT EXISTS (SELECT 1 FROM transaction_key k WHERE k.token = i.token)
       AND NOT EXISTS (SELECT 1 FROM orphan_token o WHERE o.token = i.token)
       AND NOT EXISTS (SELECT 1 FROM fallback_token f WHERE f.token = i.token)
    RETURNING i.token::text
"""
TAKE_TOKENS = "DELETE FROM loose_token WHERE token = ANY(%(tokens)s)"
HELD = f"""
    SELECT h.id, count(*) FROM legal_hold h JOIN transaction t ON {DUE} AND {HELD_BY}
     GROUP BY h.id ORDER BY h.id
"""  # noqa: S608
