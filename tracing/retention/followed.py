"""What the transactions of a hold are today: merges and new mappings give them other ids."""

# A merge lets nothing out of a hold, nor does a mapping that places a transaction elsewhere.
STEPS = """(SELECT a.old AS was, a.new AS now FROM key_alias a WHERE a.workflow IS NOT NULL
              UNION ALL
             SELECT m.earlier_id, m.transaction_id FROM transaction_move m)"""
# Of no row in particular, so that a statement works it out once and not for each of a million spans.
BECAME = f"""
    WITH RECURSIVE went (hold, id) AS (
        SELECT l.id, s.now FROM legal_hold l JOIN {STEPS} s ON s.was = ANY(l.transaction_ids)
         WHERE l.lifted_at IS NULL
         UNION
        SELECT w.hold, s.now FROM went w JOIN {STEPS} s ON s.was = w.id)
    SELECT hold, id FROM went
"""  # noqa: S608 - our own constant


def of_hold(id: str) -> str:
    """Return the condition that `id` (SQL) is a transaction of hold `h`, or what one of them became."""
    return f"({id} = ANY(h.transaction_ids) OR (h.id, {id}) IN ({BECAME}))"


def once_at_facility(id: str) -> str:
    """Return the condition that a mapping moved `id` (SQL) away from the facility of hold `h`."""
    return f"""EXISTS (
        WITH RECURSIVE earlier (id) AS (
            SELECT {id}
             UNION
            SELECT s.was FROM earlier e JOIN {STEPS} s ON s.now = e.id)
        SELECT 1 FROM earlier e
          JOIN transaction_move m ON m.transaction_id = e.id AND m.field = 'facility'
          JOIN facility f ON f.code = m.was
         WHERE f.id = h.facility_id)"""  # noqa: S608
