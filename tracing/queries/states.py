"""The state of a transaction at a moment, in SQL; tracing.states says the same in Python."""

# Aliases: t is a row of transaction, d its row of deadline (left joined); parameter: at.
STATE = """
    CASE t.phase
        WHEN 'failed' THEN 'failed'
        WHEN 'completed' THEN 'completed'
        WHEN 'completed_with_errors' THEN 'completed_with_errors'
        WHEN 'cancelled' THEN 'voided'
        WHEN 'expired' THEN 'expired'
        ELSE CASE
            WHEN d.due_at < %(at)s::timestamptz THEN 'late'
            WHEN d.not_before > %(at)s::timestamptz THEN 'waiting'
            ELSE 'on_its_way'
        END
    END
"""
LATE = "(t.phase IN ('open', 'failed') AND d.due_at < %(at)s::timestamptz)"
