-- What guards the chain reads our own tables and PostgreSQL's own functions, whatever the session puts before them:
-- a temporary audit_head, or a function of another clock in public.
ALTER FUNCTION audit_row_joins_chain() SET search_path = pg_catalog, public, pg_temp;
ALTER FUNCTION audit_head_moves_on() SET search_path = pg_catalog, public, pg_temp;

CREATE OR REPLACE FUNCTION audit_row_is_append_only() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Erasure: the words may go, what the chain covers may not; and never without a row that says so.
        IF NEW.reason = '' AND NEW.changes IS NULL
           AND (to_jsonb(NEW) - 'reason' - 'changes') = (to_jsonb(OLD) - 'reason' - 'changes')
           AND EXISTS (SELECT 1 FROM audit_row e
                        WHERE e.object_type = 'audit_row' AND e.object_id = OLD.seq::text
                          AND e.act = 'words_erased' AND e.seq > OLD.seq) THEN
            RETURN NEW;
        END IF;
    ELSIF TG_OP = 'DELETE' THEN
        -- Kept six years; and only what the chain is told to begin after.
        IF OLD.at < statement_timestamp() - interval '6 years'
           AND OLD.seq < (SELECT first_seq FROM audit_head) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit rows are only ever added' USING ERRCODE = 'insufficient_privilege';
END
$$;
